import { ensureImage } from '../../release/images.ts'
import { renderBuild } from '../../release/render.ts'
import type { Context, Operation } from '../operation.ts'
import type { StepOf } from '../step.ts'
import { refuseFullDisk } from './disk.ts'

export const images: Operation<StepOf<'images'>> = {
  run: async ({ references }, context) => {
    const missing = await missingOf(references, context.engine)
    for (const reference of missing) await ensureImage(reference, context, context)
  },
}

/** Nearly always none. */
async function missingOf(references: readonly string[], engine: Context['engine']): Promise<string[]> {
  const ids = await Promise.all(references.map((reference) => engine.imageId(reference)))
  return references.filter((_, index) => ids[index] === undefined)
}

/** Whatever becomes of it, the release is live. */
export const cache: Operation<StepOf<'cache'>> = {
  run: async ({ keepBytes }, { engine, note }) => {
    await engine
      .trimBuildCache(keepBytes)
      .catch((error: Error) => note(`The build cache is as large as it was: ${error.message}`))
  },
}

export const discard: Operation<StepOf<'discard'>> = {
  run: async ({ groups }, { engine }) => {
    for (const { tag } of groups) await engine.removeImage(tag)
  },
}

export const build: Operation<StepOf<'build'>> = {
  run: async ({ groups }, context) => {
    const { app, engine, files } = context
    // A build writes its layers before the old ones go.
    await refuseFullDisk('a build needs', context)
    const project = files.build(app)
    await files.write(project, renderBuild(app, groups))
    await engine.build(project, context)
  },
  undo: async ({ groups }, { engine }) => {
    for (const { tag } of groups) await engine.removeImage(tag)
  },
}
