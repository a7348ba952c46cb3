import http, { type Agent, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { nowMs } from '../clock.ts'
import type { Exchange } from './exchange.ts'

const timeoutMs = 30_000

export interface Target {
  readonly port: number
  /** Sent as Host and as SNI; the connection itself always goes to 127.0.0.1. */
  readonly host: string
  /** Without TLS, the load stands for a proxy that has ended it: it sends `X-Forwarded-Proto: https`. */
  readonly tls: boolean
}

export interface Outgoing {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly scheduledAtMs: number
  readonly code?: string
}

export interface Client {
  /**
   * Sends once and never again, whatever happens, on a fresh connection when asked to, else on the next idle
   * keep-alive connection. When all are busy, one more is opened and kept: waiting for one would let a slow
   * server slow the load, and closing it again would add a TLS handshake to each request just when the
   * machine is at its limit. Never rejects.
   */
  send(outgoing: Outgoing, fresh: boolean): Promise<Exchange>
  /** Sends on every keep-alive connection at once. */
  sendOnEach(outgoing: (connection: number) => Outgoing): Promise<Exchange>[]
  close(): void
}

interface Connection {
  readonly agent: Agent
  busy: boolean
}

export function createClient(target: Target, connectionCount: number): Client {
  const open = (): Connection => ({ agent: createAgent(target, true), busy: false })
  const connections = Array.from({ length: connectionCount }, open)
  let turn = 0

  function nextIdle(): Connection {
    for (let tried = 0; tried < connections.length; tried++) {
      const connection = connections[turn++ % connections.length]
      if (connection && !connection.busy) return connection
    }
    const another = open()
    connections.push(another)
    return another
  }

  async function sendOn(connection: Connection, outgoing: Outgoing): Promise<Exchange> {
    connection.busy = true
    const result = await exchange(target, connection.agent, outgoing)
    connection.busy = false
    return result
  }

  return {
    async send(outgoing, fresh) {
      if (fresh) return exchange(target, createAgent(target, false), outgoing)
      return sendOn(nextIdle(), outgoing)
    },
    sendOnEach: (outgoing) => connections.map((connection, index) => sendOn(connection, outgoing(index))),
    close() {
      for (const { agent } of connections) agent.destroy()
    },
  }
}

/** Sessions are not cached, so that a fresh connection pays for a whole TLS handshake. */
function createAgent({ tls, host }: Target, keepAlive: boolean): Agent {
  const options = { keepAlive, maxSockets: 1 }
  if (!tls) return new http.Agent(options)
  return new https.Agent({ ...options, servername: host, rejectUnauthorized: false, maxCachedSessions: 0 })
}

async function exchange(target: Target, agent: Agent, outgoing: Outgoing): Promise<Exchange> {
  const body = outgoing.code === undefined ? undefined : JSON.stringify({ code: outgoing.code })
  const sentAtMs = nowMs()
  const request = (target.tls ? https : http).request({
    agent,
    host: '127.0.0.1',
    port: target.port,
    method: outgoing.method,
    path: outgoing.path,
    headers: headers(target, body),
    signal: AbortSignal.timeout(timeoutMs),
  })
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve).on('error', reject)
  })
  request.end(body)

  const outcome = await answered
    .then(readAnswer)
    .catch((error: Error) => ({ version: '', lost: kind(error) }))
  return { ...outgoing, ...outcome, sentAtMs, receivedAtMs: nowMs(), reused: request.reusedSocket }
}

function headers({ host, tls }: Target, body: string | undefined): Record<string, string> {
  return {
    host,
    ...(tls ? {} : { 'x-forwarded-proto': 'https' }),
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
  }
}

async function readAnswer(answer: IncomingMessage): Promise<Pick<Exchange, 'version' | 'id' | 'lost'>> {
  const body = await text(answer)
  const version = String(answer.headers['x-app-version'] ?? '')
  const status = answer.statusCode ?? 0
  if (status < 200 || status > 299) return { version, lost: `status ${status}` }
  return status === 201 ? { version, id: Number(JSON.parse(body).id) } : { version }
}

/** The code of the system error where there is one (ECONNRESET), else the message (socket hang up). */
function kind(error: Error & { code?: string }): string {
  if (error.name === 'AbortError') return `no answer within ${timeoutMs / 1000} s`
  return error.code ?? error.message
}
