import type { App } from '../app/app.ts'
import { backupSettings, contentsOf } from '../backup/contents.ts'
import type { Precaution } from '../backup/plan.ts'
import { stamp } from '../backup/stamp.ts'
import { refuseUnsupported } from '../backup/tell.ts'
import { asMuelleError, MuelleError, recode } from '../errors/muelle-error.ts'
import type { Store } from '../store/store.ts'

/** What is recorded with a deployment that somebody has let go on without a restore point. */
export const withoutBackup = 'no-backup'

interface Wanted {
  app: App
  /** Backing services that may be replaced. */
  replace?: readonly string[]
  /** Somebody said so. */
  withoutBackup?: boolean
}

/** Whether a deployment puts a database in the place of another. */
export function replacesDatabase({ app, replace = [] }: Wanted): boolean {
  return contentsOf(app).databases.some(({ service }) => replace.includes(service))
}

/** What is done for the data before release commands; undefined when there are none, or nobody wants backups. */
export function choosePrecaution(wanted: Wanted, store: Store): Precaution | undefined {
  const { app } = wanted
  const { backups, on_failure, release } = app.settings
  if (backups === undefined || wanted.withoutBackup === true) return undefined
  if (release.length === 0 && !replacesDatabase(wanted)) return undefined
  const { databases, media, unsupported } = contentsOf(app)
  if (databases.length + media.length + unsupported.length === 0) return undefined
  // What is put in place after a failure is what was there right before.
  const youngest = on_failure === 'restore' ? undefined : findYoungEnough(app, store)
  return { point: youngest ?? stamp(new Date()), isThere: youngest !== undefined }
}

function findYoungEnough(app: App, store: Store): string | undefined {
  const since = Date.now() - backupSettings(app).reuse
  return store
    .backups(app.name)
    .find(({ state, beganAt }) => state === 'proven' && Date.parse(beganAt) > since)?.point
}

/** @throws MuelleError BACKUP_UNSUPPORTED before anything is touched */
export function refuseWithoutBackup(app: App, precaution: Precaution | undefined): void {
  if (precaution === undefined) return
  try {
    refuseUnsupported(app, contentsOf(app))
  } catch (error) {
    throw orWithout(error)
  }
}

const backupFailures = [
  'BACKUP_FAILED',
  'BACKUP_UNPROVEN',
  'BACKUP_KEY_WRONG',
  'DATABASE_UNUSABLE',
  'REPOSITORY_UNUSABLE',
] as const

/** For `catch`: a deployment that stops because of its restore point says how to go on without one. */
export function adviseWithout(error: unknown): never {
  for (const code of backupFailures) {
    if (error instanceof MuelleError && error.code === code) return recode(code, orWithout)(error)
  }
  throw error
}

function orWithout(error: unknown): MuelleError {
  const { code, message, hint = '', log, cause } = asMuelleError(error)
  // What ends in a command or a line to write is set apart from what follows, without a full stop to be copied with it.
  const first = /[.!?]$/.test(hint) || hint === '' ? hint : `${hint}  `
  const next =
    `${first} Nothing was changed. To deploy without a restore point:  muelle up --no-backup`.trim()
  return new MuelleError(code, message, { hint: next, log, cause })
}
