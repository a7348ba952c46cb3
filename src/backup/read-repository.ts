import type { App } from '../app/app.ts'
import type { Control } from '../deploy/run.ts'
import type { Services } from '../deploy/with-app.ts'
import { ensureImage } from '../release/images.ts'
import { backupSettings } from './contents.ts'

/**
 * Takes on record what the repository has and this machine does not know of, such as all of it after a loss. With
 * `forgets`, what is no longer in it goes from the record. With `makes`, it is there afterwards.
 * @throws MuelleError REPOSITORY_UNUSABLE or BACKUP_KEY_WRONG
 */
export async function readRepository(
  app: App,
  services: Services,
  { forgets, makes = false, ...control }: Control & { forgets: boolean; makes?: boolean },
): Promise<void> {
  const { repositories, store } = services
  const note = (message: string): void => control.emit({ type: 'note', message })
  await ensureImage(repositories.image, services, { signal: control.signal, note })
  const known = new Set(store.backups(app.name).map(({ point }) => point))
  const repository = await repositories.open(app.name, backupSettings(app))
  const { snapshots: found, unreadable } = await repository.list(app.name, { makes })
  for (const { point, time, isProven } of found) {
    if (known.has(point)) continue
    store.beginBackup(app.name, point, new Date(time).toISOString())
    store.changeBackup(app.name, point, { state: isProven ? 'proven' : 'unproven', sizeBytes: 0 })
  }
  const there = new Set(found.map(({ point }) => point))
  for (const { point, sizeBytes } of forgets ? store.backups(app.name) : []) {
    if (sizeBytes === null || there.has(point)) continue
    if (unreadable.length === 0) store.forgetBackup(app.name, point)
    // It may be one of those, and then nobody has taken it away.
    else
      store.changeBackup(app.name, point, {
        state: 'failed',
        reason: 'The repository lost it, or is damaged.',
      })
  }
}
