import { request } from 'node:http'
import { MuelleError } from '../errors/muelle-error.ts'

interface Asked {
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  body?: unknown
}

/**
 * Asks the agent of this machine through its socket.
 * @throws MuelleError AGENT_UNREACHABLE, or with the code of the problem that it answers with
 */
export async function askAgent(socket: string, { method, path, body }: Asked): Promise<unknown> {
  const { status, text } = await exchange(socket, { method, path, body })
  const answer = JSON.parse(text)
  if (status < 400) return answer
  throw new MuelleError(answer.code, answer.detail, answer.hint === undefined ? {} : { hint: answer.hint })
}

function exchange(socket: string, { method, path, body }: Asked): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      host: 'localhost',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const asking = request({ socketPath: socket, method, path, headers }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }),
      )
      response.on('error', reject)
    })
    asking.on('error', (cause) => reject(unreachable(cause)))
    asking.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

function unreachable(cause: unknown): MuelleError {
  return new MuelleError('AGENT_UNREACHABLE', 'No agent runs on this machine.', {
    hint: 'Start it:  muelle agent install   or, to look at what it does:  muelle agent run',
    cause,
  })
}
