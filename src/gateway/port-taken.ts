import type { Engine } from '../engine/port.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { holderName, type Pod } from './pod.ts'

/** Turns the failure to publish the gateway's ports into one that names the port. */
export function explainHolderFailure(engine: Engine, pod: Pod): (error: unknown) => Promise<never> {
  return async (error) => {
    await engine.removeContainer(holderName(pod))
    const text = error instanceof MuelleError ? error.log.join('\n') : String(error)
    const port = /(?:Bind for|listen tcp\S*) [\d.[\]:]*:(\d+)/.exec(text)?.[1]
    if (port === undefined) throw error
    throw new MuelleError('PORT_TAKEN', `Port ${port} is in use by another program.`, {
      hint: `See which:  sudo ss -ltnp 'sport = :${port}'   Stop it, then run the same command again.`,
      log: text.split('\n').slice(-2),
      cause: error,
    })
  }
}
