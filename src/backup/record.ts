import type { Context } from '../deploy/operation.ts'
import type { BackupRecord } from '../store/backups.ts'

type Given = Pick<Context, 'app' | 'store'>

/** What this machine has on record of a restore point. */
export function recordOf(point: string, { app, store }: Given): BackupRecord | undefined {
  return store.backups(app.name).find((backup) => backup.point === point)
}

/** A deployment whose release commands have nothing to do begins no restore point; a backup by hand is always one. */
export function isBegun(
  { point, release }: { point: string; release?: number | undefined },
  context: Given,
): boolean {
  return release === undefined || recordOf(point, context) !== undefined
}
