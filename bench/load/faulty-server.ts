import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

export interface FaultyServer extends AsyncDisposable {
  readonly port: number
  readonly server: Server
}

/** An app to load in tests; `handle` decides what goes wrong. */
export async function startServer(handle: Handler): Promise<FaultyServer> {
  const server = createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

let lastId = 0

/** What the example app answers: a page, or the id of a new verification. */
export function answer(request: IncomingMessage, response: ServerResponse, version = '1'): void {
  response.setHeader('X-App-Version', version)
  if (request.method !== 'POST') return void response.end('<h1>Certificados</h1>')
  request.resume().on('end', () => response.writeHead(201).end(JSON.stringify({ id: ++lastId })))
}
