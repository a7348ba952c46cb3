import { ensureImage } from '../../release/images.ts'
import { renderBuild } from '../../release/render.ts'
import type { Operation } from '../operation.ts'
import type { StepOf } from '../step.ts'

export const images: Operation<StepOf<'images'>> = {
  run: async ({ references }, context) => {
    for (const reference of references) await ensureImage(reference, context, context)
  },
}

export const build: Operation<StepOf<'build'>> = {
  run: async ({ groups }, context) => {
    const { app, engine, files } = context
    const project = files.build(app)
    await files.write(project, renderBuild(app, groups))
    await engine.build(project, context)
  },
  undo: async ({ groups }, { engine }) => {
    for (const { tag } of groups) await engine.removeImage(tag)
  },
}
