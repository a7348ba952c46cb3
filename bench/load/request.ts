import http, { type Agent, type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'

export interface Target {
  readonly port: number
  /** Sent as Host and as SNI; no name is resolved. */
  readonly host: string
  /** Where connections go; 127.0.0.1 when left out. */
  readonly address?: string
  /** Without TLS, the load stands for a proxy that has ended it: it sends `X-Forwarded-Proto: https`. */
  readonly tls: boolean
}

export const localhost = '127.0.0.1'

export interface RequestOptions {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** The connection; a fresh one when left out. */
  readonly agent?: Agent
  readonly signal: AbortSignal
}

/** Sessions are not cached, so that a fresh connection pays for a whole TLS handshake. */
export function createAgent({ tls, host }: Target, keepAlive: boolean): Agent {
  const options = { keepAlive, maxSockets: 1 }
  if (!tls) return new http.Agent(options)
  return new https.Agent({ ...options, servername: host, rejectUnauthorized: false, maxCachedSessions: 0 })
}

/** The caller ends the request. */
export function openRequest(target: Target, options: RequestOptions): ClientRequest {
  const { address = localhost, host, port, tls } = target
  const forwarded = tls ? {} : { 'x-forwarded-proto': 'https' }
  return (tls ? https : http).request({
    agent: createAgent(target, false),
    ...options,
    host: address,
    port,
    headers: { host, ...forwarded, ...options.headers },
  })
}

/** @throws the error of the request when no answer comes */
export function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve).on('error', reject)
  })
}

/** `X-App-Version`; empty when the answer has none. */
export function versionOf(answer: IncomingMessage): string {
  return String(answer.headers['x-app-version'] ?? '')
}

/** Reads an answer to its end. @throws when it is not a 2xx or is cut */
export async function bodyOf(answer: IncomingMessage): Promise<string> {
  const body = await text(answer)
  requireSuccess(answer.statusCode)
  return body
}

/** @throws when the status is not a 2xx */
export function requireSuccess(status = 0): void {
  if (status < 200 || status > 299) throw new Error(`status ${status}`)
}
