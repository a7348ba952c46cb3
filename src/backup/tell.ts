import { asMuelleError } from '../errors/muelle-error.ts'
import type { Addressee, Notifier } from '../notify/notifier.ts'

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
