import type { Context, Operation } from '../../deploy/operation.ts'
import type { StepOf } from '../../deploy/step.ts'
import { asMuelleError, MuelleError } from '../../errors/muelle-error.ts'
import type { Repository } from '../repository.ts'
import { inside } from '../restic.ts'
import { dataTimeoutMs } from './dump.ts'
import { repositoryOf } from './keep.ts'

export const check: Operation<StepOf<'check'>> = {
  timeoutMs: dataTimeoutMs,
  run: async (_, context) => {
    const repository = await repositoryOf(context)
    try {
      await repository.check(context)
    } catch (thrown) {
      const error = asMuelleError(thrown)
      if (error.code !== 'BACKUP_UNPROVEN') throw thrown
      throw damaged(error, await findLost(repository, error.message, context), context)
    }
    await reinstate(repository, context)
  },
}

/** Which restore points cannot be read any more; they are failed from now on. */
async function findLost(repository: Repository, reason: string, context: Context): Promise<string[]> {
  const { app, store } = context
  const lost: string[] = []
  for (const { point, sizeBytes, state } of store.backups(app.name)) {
    if (sizeBytes === null || state === 'running') continue
    const isReadable = await repository.readThrough(point, inside.root, context).then(
      () => true,
      (error: unknown) => {
        if (asMuelleError(error).code !== 'BACKUP_UNPROVEN') throw error
        return false
      },
    )
    if (isReadable) continue
    lost.push(point)
    store.changeBackup(app.name, point, { state: 'failed', reason })
  }
  return lost
}

/** A repository that was repaired, or whose disk is back, has its restore points again. */
async function reinstate(repository: Repository, { app, store }: Context): Promise<void> {
  const there = await repository.snapshots(app.name)
  const proven = new Set(there.filter(({ isProven }) => isProven).map(({ point }) => point))
  for (const { point, state } of store.backups(app.name))
    if (state === 'failed' && proven.has(point))
      store.changeBackup(app.name, point, { state: 'proven', reason: null })
}

function damaged(error: MuelleError, lost: readonly string[], { app }: Context): MuelleError {
  const what =
    lost.length === 0
      ? `All restore points of ${app.name} can still be read`
      : `These restore points of ${app.name} cannot be read any more: ${lost.join(', ')}`
  return new MuelleError('BACKUP_UNPROVEN', `${error.message} ${what}.`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    log: error.log,
    cause: error,
  })
}
