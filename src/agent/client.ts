import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { MuelleError } from '../errors/muelle-error.ts'

interface Asked {
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  body?: unknown
  /** Without, as long as it takes. */
  timeoutMs?: number
}

/**
 * Asks the agent of this machine through its socket.
 * @throws MuelleError AGENT_UNREACHABLE, or with the code of the problem that it answers with
 */
export async function askAgent(socket: string, asked: Asked): Promise<unknown> {
  const response = await exchange(socket, asked)
  if ((response.statusCode ?? 0) >= 400) throw await readProblem(response)
  return JSON.parse(await readText(response))
}

/** What an answer with a problem (RFC 9457) says. */
export async function readProblem(response: IncomingMessage): Promise<MuelleError> {
  const { code, detail, hint } = JSON.parse(await readText(response))
  return new MuelleError(code, detail, hint === undefined ? {} : { hint })
}

async function readText(response: IncomingMessage): Promise<string> {
  return text(response).catch((cause: unknown) => {
    throw unreachable(cause)
  })
}

function exchange(socket: string, { method, path, body, timeoutMs }: Asked): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = {
      host: 'localhost',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const limit = timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(timeoutMs) }
    const asking = request({ socketPath: socket, method, path, headers, ...limit }, resolve)
    asking.on('error', (cause) => reject(unreachable(cause)))
    asking.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

export function unreachable(cause: unknown): MuelleError {
  return new MuelleError('AGENT_UNREACHABLE', 'No agent runs on this machine.', {
    hint: 'Start it:  muelle agent install   or, to look at what it does:  muelle agent run',
    cause,
  })
}
