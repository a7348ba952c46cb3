import { Agent, type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { MuelleError } from '../../errors/muelle-error.ts'
import { dockerUnavailable, isFullDisk } from './process.ts'

/**
 * The Docker Engine API (docs.docker.com/reference/api/engine): JSON over HTTP on a Unix socket. Without a version in
 * the path the engine speaks its newest: 20.10 knows up to 1.41, while 29 refuses what is older than 1.44.
 */
export interface EngineApi {
  get<T>(path: string, query?: Query): Promise<T>
  post<T>(path: string, options?: { query?: Query; body?: object }): Promise<T>
  /** Sends bytes. */
  put(path: string, query: Query, bytes: Uint8Array): Promise<void>
  delete(path: string, query?: Query): Promise<void>
  /** For the few calls that answer with bytes rather than JSON. */
  bytes(method: 'GET' | 'POST', path: string, options?: { query?: Query; body?: object }): Promise<Buffer>
  /** For what may have no end; the signal cuts it off. */
  stream(path: string, query: Query, signal: AbortSignal): Promise<IncomingMessage>
}

export type Query = Readonly<Record<string, string | number | boolean | object>>

/** The engine answered, and refused. */
export class EngineRefusal extends MuelleError {
  /** HTTP status. */
  readonly status: number

  constructor(status: number, message: string) {
    super(isFullDisk(message) ? 'DISK_FULL' : 'DOCKER_COMMAND_FAILED', `Docker refused: ${message}`, {
      hint: 'See what is there:  docker ps --all   docker system df',
    })
    this.status = status
  }
}

/**
 * A client of the engine at `DOCKER_HOST`, `unix://` or `tcp://`, or at the usual socket.
 * Each call throws EngineRefusal when the engine refuses, and MuelleError DOCKER_UNAVAILABLE when it does not answer.
 */
export function connectEngine(host: string | undefined): EngineApi {
  // An engine that is going down takes no new connection, but answers on those that it has: it would say that it has
  // removed what is there again after its start. A connection for each call costs 0.1 ms.
  const agent = new Agent({ keepAlive: false })
  const target = readHost(host ?? 'unix:///var/run/docker.sock')

  const ask = (method: string, path: string, options: AskOptions): Promise<IncomingMessage> => {
    const body = encode(options.body)
    return new Promise((resolve, reject) => {
      request({
        ...target,
        agent,
        method,
        path: `${path}${queryString(options.query ?? {})}`,
        headers: body === undefined ? { 'content-length': 0 } : { 'content-type': body.type },
        signal: options.signal,
      })
        .on('response', resolve)
        .on('error', reject)
        .end(body?.bytes)
    })
  }
  const send = async (method: string, path: string, options: AskOptions = {}) => {
    const { status, bytes } = await ask(method, path, options)
      .then(async (answer) => ({ status: answer.statusCode ?? 0, bytes: await buffer(answer) }))
      .catch((cause: unknown) => {
        throw dockerUnavailable([], cause)
      })
    if (status < 300) return bytes
    throw refusal(status, bytes)
  }
  const json = async <T>(sent: Promise<Buffer>): Promise<T> => {
    const bytes = await sent
    return (bytes.length === 0 ? undefined : JSON.parse(bytes.toString())) as T
  }

  return {
    get: (path, query = {}) => json(send('GET', path, { query })),
    post: (path, options) => json(send('POST', path, options)),
    put: async (path, query, bytes) => {
      await send('PUT', path, { query, body: bytes })
    },
    delete: async (path, query = {}) => {
      await send('DELETE', path, { query })
    },
    bytes: send,
    stream: async (path, query, signal) => {
      const answer = await ask('GET', path, { query, signal }).catch((cause: unknown) => {
        throw dockerUnavailable([], cause)
      })
      const status = answer.statusCode ?? 0
      if (status < 300) return answer
      throw refusal(status, await buffer(answer))
    },
  }
}

interface AskOptions {
  query?: Query
  body?: object
  signal?: AbortSignal
}

function refusal(status: number, bytes: Buffer): EngineRefusal {
  return new EngineRefusal(status, readMessage(bytes) || `HTTP ${status}`)
}

function encode(body: object | undefined) {
  if (body === undefined) return undefined
  return body instanceof Uint8Array
    ? { type: 'application/x-tar', bytes: body }
    : { type: 'application/json', bytes: JSON.stringify(body) }
}

function readHost(host: string): { socketPath: string } | { host: string; port: string } {
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) }
  const { hostname, port } = new URL(host)
  return { host: hostname, port: port === '' ? '2375' : port }
}

function queryString(query: Query): string {
  const pairs = Object.entries(query).map(([key, value]): [string, string] => [
    key,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ])
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
}

function readMessage(bytes: Buffer): string {
  try {
    return String((JSON.parse(bytes.toString()) as { message?: unknown }).message)
  } catch {
    return bytes.toString()
  }
}

/**
 * Output of a container without a terminal comes in frames: one byte for the stream, three unused,
 * four for the length (Docker Engine API, "Attach to a container").
 */
export function demultiplex(raw: Buffer): string {
  const parts: Buffer[] = []
  for (let at = 0; at + 8 <= raw.length; ) {
    const end = at + 8 + raw.readUInt32BE(at + 4)
    parts.push(raw.subarray(at + 8, end))
    at = end
  }
  return Buffer.concat(parts).toString()
}
