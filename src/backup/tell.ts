import type { App } from '../app/app.ts'
import { asMuelleError, MuelleError } from '../errors/muelle-error.ts'
import type { Addressee, Notifier } from '../notify/notifier.ts'
import { backupSettings, type Contents } from './contents.ts'
import { haveKey } from './key.ts'
import type { Repositories } from './repository.ts'

/** A backup or a drill that failed; not one that somebody stopped, or that another command kept out. */
export async function tellBackupFailure(error: unknown, app: Addressee, notifier: Notifier): Promise<void> {
  const { code, message, log, hint } = asMuelleError(error)
  if (code === 'INTERRUPTED' || code === 'LOCKED' || code === 'USAGE') return
  await notifier.tell(app, {
    kind: 'backup-failed',
    code,
    message,
    log,
    ...(hint === undefined ? {} : { next: hint }),
  })
}

/** @throws MuelleError BACKUP_UNSUPPORTED */
export function refuseUnsupported({ name }: App, { unsupported }: Contents): void {
  const [first] = unsupported
  if (first === undefined) return
  throw new MuelleError(
    'BACKUP_UNSUPPORTED',
    `${name} cannot be backed up whole: ${first.service} is a ${first.kind}, which is not supported yet.`,
    { hint: 'Back it up with its own tools meanwhile. What is supported:  docs/guides/backups.md' },
  )
}

/** What somebody should know who relies on this. Makes the key when there is none. */
export async function tellWhatIsMissing(
  app: App,
  contents: Contents,
  { repositories, note }: { repositories: Repositories; note: (message: string) => void },
): Promise<void> {
  const { databases, without, rebuilt } = contents
  for (const { service, kind } of without)
    note(`What ${service} (${kind}) holds is not in the restore point: that is not supported yet.`)
  if (rebuilt.length > 0) note(`Left out, because it can be made again: ${rebuilt.join(', ')}`)
  if (databases.length === 0)
    note(
      'No database is in the restore point: the release has none, and names none outside. Name it in the file, and deploy that:  x-muelle: {backups: {outside: {shop_db: {image: postgres:17}}}}',
    )
  const { isNew } = await haveKey(repositories.keyFile)
  if (isNew)
    note(
      'A key was made, without which no backup can be read. Keep a copy somewhere else, now:  muelle backup key',
    )
  if (backupSettings(app).to === undefined)
    note(
      'The backup stays on this machine, and would be lost with it. Name another place in the file, and deploy that:  x-muelle: {backups: {to: …}}',
    )
}
