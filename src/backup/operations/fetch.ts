import type { Context, Operation } from '../../deploy/operation.ts'
import type { StepOf } from '../../deploy/step.ts'
import type { Manifest } from '../manifest.ts'
import { inside } from '../restic.ts'
import { stagingVolume } from '../server.ts'
import { clearUp, makeVolume, readBeside, readManifest } from '../staging.ts'
import { dataTimeoutMs } from './dump.ts'
import { repositoryOf } from './keep.ts'

export const fetchPoint: Operation<StepOf<'fetch'>> = {
  timeoutMs: dataTimeoutMs,
  run: async ({ point }, context) => {
    await clearUp(point, context)
    const repository = await repositoryOf(context)
    await Promise.all([fetchDumps(point, context), repository.inspect(point, context)])
  },
  undo: ({ point }, context) => clearUp(point, context),
}

/** Puts the dumps of a restore point into its staging volume. @returns what the repository says of it */
export async function fetchDumps(point: string, context: Context): Promise<Manifest> {
  const { app, store } = context
  const repository = await repositoryOf(context)
  const to = stagingVolume(app.name, point)
  await makeVolume(to, context)
  await repository.restore(point, inside.dump, { ...context, to })
  const text = await readBeside(inside.manifest, point, context)
  const manifest = readManifest(text)
  store.changeBackup(app.name, point, { manifest: text })
  return manifest
}
