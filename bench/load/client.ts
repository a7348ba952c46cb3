import type { Agent } from 'node:http'
import { nowMs } from '../clock.ts'
import type { Exchange } from './exchange.ts'
import { itemOf } from './item.ts'
import { observe } from './outcome.ts'
import { answerTo, bodyOf, createAgent, openRequest, type Target, versionOf } from './request.ts'

const timeoutMs = 30_000

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

async function exchange(target: Target, agent: Agent, outgoing: Outgoing): Promise<Exchange> {
  const { method, path, code } = outgoing
  const sentAtMs = nowMs()
  let reused = false
  const result = await observe(timeoutMs, async (outcome, signal) => {
    const { headers = {}, body } = code === undefined ? {} : itemOf(code)
    const request = openRequest(target, { agent, method, path, headers, signal })
    request.on('socket', () => {
      reused = request.reusedSocket
    })
    request.end(body)
    const answer = await answerTo(request)
    outcome.version = versionOf(answer)
    const text = await bodyOf(answer)
    if (answer.statusCode === 201) outcome.id = Number(JSON.parse(text).id)
  })
  return { ...outgoing, ...result, sentAtMs, receivedAtMs: nowMs(), reused }
}
