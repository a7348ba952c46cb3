import { request as plain } from 'node:http'
import { request as secure } from 'node:https'
import type { Engine } from '../engine/port.ts'
import { MuelleError } from '../errors/muelle-error.ts'

/** Milliseconds in which what is asked has to answer. */
const patienceMs = 10_000

/**
 * Asks for an address that misses it when nobody does: a dead man's switch. It is asked for only once Docker has
 * answered, so what is missed is an agent that can do its work. The address is a secret, and in no message.
 * @throws MuelleError as the engine does, or NOTIFICATION_FAILED
 */
export async function ping(url: string, engine: Pick<Engine, 'date'>): Promise<void> {
  await engine.date()
  const status = await askFor(new URL(url)).catch((error: NodeJS.ErrnoException) => error.code ?? error.name)
  if (typeof status === 'number' && status < 400) return
  throw new MuelleError('NOTIFICATION_FAILED', `What MUELLE_PING_URL names answers ${status}.`, {
    hint: 'See whether it still is the address that your monitor gave you.',
  })
}

function askFor(url: URL): Promise<number> {
  const request = url.protocol === 'http:' ? plain : secure
  return new Promise((resolve, reject) => {
    request(url, { method: 'GET', agent: false, signal: AbortSignal.timeout(patienceMs) }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}
