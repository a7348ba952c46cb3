import { MuelleError } from '../../errors/muelle-error.ts'
import { ensureImage } from '../../release/images.ts'
import { renderBuild } from '../../release/render.ts'
import type { Context, Operation } from '../operation.ts'
import type { StepOf } from '../step.ts'

export const images: Operation<StepOf<'images'>> = {
  run: async ({ references }, context) => {
    for (const reference of references) await ensureImage(reference, context, context)
  },
}

/** A build writes its layers before the old ones go, and a database that finds its disk full loses writes. */
async function refuseFullDisk({ engine, minimumFreeBytes }: Context): Promise<void> {
  const free = await engine.freeBytes()
  if (free === undefined || free >= minimumFreeBytes) return
  const megabytes = (bytes: number): string => `${Math.floor(bytes / 1_000_000)} MB`
  throw new MuelleError(
    'DISK_FULL',
    `The disk has ${megabytes(free)} free; a build needs ${megabytes(minimumFreeBytes)}.`,
    {
      hint: 'See what takes the room:  docker system df   Often it is the build cache:  docker builder prune   MUELLE_MIN_FREE_MB changes the limit.',
    },
  )
}

/** Whatever becomes of it, the release is live. */
export const cache: Operation<StepOf<'cache'>> = {
  run: async ({ keepBytes }, { engine, note }) => {
    await engine
      .trimBuildCache(keepBytes)
      .catch((error: Error) => note(`The build cache is as large as it was: ${error.message}`))
  },
}

export const build: Operation<StepOf<'build'>> = {
  run: async ({ groups }, context) => {
    const { app, engine, files } = context
    await refuseFullDisk(context)
    const project = files.build(app)
    await files.write(project, renderBuild(app, groups))
    await engine.build(project, context)
  },
  undo: async ({ groups }, { engine }) => {
    for (const { tag } of groups) await engine.removeImage(tag)
  },
}
