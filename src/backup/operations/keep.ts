import type { Context, Operation } from '../../deploy/operation.ts'
import type { StepOf } from '../../deploy/step.ts'
import { backupSettings, projectExcludes } from '../contents.ts'
import { isBegun, recordOf } from '../record.ts'
import type { Repository } from '../repository.ts'
import { inside } from '../restic.ts'
import { stagingVolume } from '../server.ts'
import { clearUp, isFolder, presentMedia } from '../staging.ts'
import { dataTimeoutMs } from './dump.ts'

export const keep: Operation<StepOf<'keep'>> = {
  timeoutMs: dataTimeoutMs,
  isNeeded: isBegun,
  // The dumps lie there already, so every file that they speak of is still to be read.
  run: async ({ point, release }, context) => {
    const { app, secrets, store } = context
    const repository = await repositoryOf(context)
    const media = await presentMedia(app)
    const state = await secrets.files(app.name)
    const mounts = [
      { source: stagingVolume(app.name, point), target: inside.dump },
      ...media.map(({ key, source }) => ({ source, target: `${inside.media}/${key}` })),
      ...((await isFolder(app.directory)) ? [{ source: app.directory, target: inside.project }] : []),
      ...state.map(({ path, place }) => ({ source: path, target: `${inside.state}/${place}` })),
    ]
    const excluded = projectExcludes(app, media).map((pattern) => `${inside.project}/${pattern}`)
    const { limit } = backupSettings(app)
    const sizeBytes = await repository.keep(point, { mounts, excluded, limit }, context)
    const durationMs = Date.now() - Date.parse(recordOf(point, context)?.beganAt ?? '')
    store.changeBackup(app.name, point, { sizeBytes, state: 'unproven', durationMs })
    if (release !== undefined) store.linkRestorePoint(app.name, release, point)
  },
  undo: async ({ point, release }, context) => {
    const { app, store } = context
    const made = recordOf(point, context)
    // What was made before release commands is needed all the more when they fail.
    if (made === undefined || (release !== undefined && made.sizeBytes !== null)) return
    const repository = await repositoryOf(context)
    await repository.remove((await repository.snapshots(app.name)).filter((found) => found.point === point))
    store.changeBackup(app.name, point, { sizeBytes: null })
  },
}

export function repositoryOf({ app, repositories }: Context): Promise<Repository> {
  return repositories.open(app.name, backupSettings(app))
}

export const forget: Operation<StepOf<'forget'>> = {
  timeoutMs: dataTimeoutMs,
  // Whatever becomes of it, the new restore point is there.
  run: async (step, context) => {
    const { app, note, store } = context
    const work = async (): Promise<void> => {
      const repository = await repositoryOf(context)
      const all = await repository.snapshots(app.name)
      const proven = all.filter(({ isProven }) => isProven)
      const [newest] = proven
      if (newest === undefined || all.length <= step.keep.last) return
      await repository.remove(all.filter(({ isProven, point }) => !isProven && point < newest.point))
      await repository.retain(step.keep)
      const left = new Set((await repository.snapshots(app.name)).map(({ point }) => point))
      for (const { point, state } of store.backups(app.name))
        if (state !== 'running' && point < newest.point && !left.has(point))
          store.forgetBackup(app.name, point)
    }
    await work().catch((error: Error) => note(`Old restore points are still there: ${error.message}`))
  },
}

export const tidy: Operation<StepOf<'tidy'>> = {
  // What is left over is in nobody's way, and no reason to take anything back.
  run: async ({ point, forgets = false }, context) => {
    await clearUp(point, context).catch((error: Error) =>
      context.note(`Not all was cleared up: ${error.message}`),
    )
    if (forgets) context.store.forgetBackup(context.app.name, point)
  },
}
