import { withLease } from '../store/lease.ts'
import type { TakenDown } from './take-down.ts'
import type { Services } from './with-app.ts'

/**
 * What an app that is down has left on this machine: its volumes, and with them its secrets.
 * @returns undefined when there is nothing. @throws MuelleError LOCKED
 */
export async function removeLeftovers(
  name: string,
  { engine, secrets, store }: Pick<Services, 'engine' | 'secrets' | 'store'>,
): Promise<TakenDown | undefined> {
  return withLease(store, name, async () => {
    const volumes = await engine.volumesOf(name)
    if (volumes.length === 0) return undefined
    for (const volume of volumes) await engine.removeVolume(volume)
    await secrets.forget(name)
    return { app: name, releases: [], removedVolumes: volumes, keptVolumes: [] }
  })
}
