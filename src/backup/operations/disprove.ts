import type { Context } from '../../deploy/operation.ts'
import { asMuelleError } from '../../errors/muelle-error.ts'
import { repositoryOf } from './keep.ts'

/** What failed says something about a restore point only where it does not come back, and leaves it as it was otherwise. */
export function recordFailure(point: string, context: Context): (thrown: unknown) => Promise<never> {
  return async (thrown) => {
    const { app, store } = context
    const { code, message: reason } = asMuelleError(thrown)
    const failed = code === 'BACKUP_UNPROVEN'
    store.changeBackup(app.name, point, failed ? { state: 'failed', reason } : { reason })
    if (failed) await disprove(point, context).catch(() => undefined)
    throw thrown
  }
}

/** Whoever knows the repository alone would take it for proven. */
async function disprove(point: string, context: Context): Promise<void> {
  const repository = await repositoryOf(context)
  await repository.markProven(point, false)
}
