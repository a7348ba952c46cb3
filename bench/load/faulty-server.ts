import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { ensureSelfSigned } from '../../src/gateway/certificates/self-signed.ts'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

export interface FaultyServer extends AsyncDisposable {
  readonly port: number
  readonly server: Server
}

/** An app to load in tests; `handle` decides what goes wrong. */
export async function startServer(handle: Handler): Promise<FaultyServer> {
  const server = createServer(handle)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: portOf(server),
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export type StreamHandler = (
  stream: http2.ServerHttp2Stream,
  headers: http2.IncomingHttpHeaders,
  session: http2.ServerHttp2Session,
) => void

/** The same over HTTP/2, with TLS. */
export async function startHttp2Server(handle: StreamHandler) {
  const server = http2.createSecureServer(await selfSigned())
  const sessions = new Set<http2.ServerHttp2Session>()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
    session.on('stream', (stream, headers) => {
      // A stream that its test resets is none of the server's errors.
      stream.on('error', () => undefined)
      handle(stream, headers, session)
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: portOf(server),
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A certificate and its key. */
export async function selfSigned() {
  const folder = await mkdtemp(join(tmpdir(), 'muelle-load-'))
  const file = join(folder, 'app.pem')
  await ensureSelfSigned(file, ['app.localhost'])
  const pem = await readFile(file)
  await rm(folder, { recursive: true })
  return { key: pem, cert: pem }
}

let lastId = 0

/** What the example app answers: a page, or the id of a new verification. */
export function answer(request: IncomingMessage, response: ServerResponse, version = '1'): void {
  response.setHeader('X-App-Version', version)
  if (request.method !== 'POST') return void response.end('<h1>Certificados</h1>')
  request.resume().on('end', () => response.writeHead(201).end(JSON.stringify({ id: ++lastId })))
}

/** The same for a stream, late enough for others to begin meanwhile. */
export async function answerStream(
  stream: http2.ServerHttp2Stream,
  headers: http2.IncomingHttpHeaders,
): Promise<void> {
  // A body that is cut is an error, but of the test that cuts it.
  await text(stream).catch(() => undefined)
  await sleep(20)
  if (stream.destroyed) return
  const status = headers[':method'] === 'POST' ? 201 : 200
  stream.respond({ ':status': status, 'x-app-version': '1' })
  stream.end(JSON.stringify({ id: ++lastId }))
}

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port
}
