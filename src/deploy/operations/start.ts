import { MuelleError, recode } from '../../errors/muelle-error.ts'
import { releaseService } from '../../release/names.ts'
import { commandService } from '../../release/render.ts'
import type { Operation } from '../operation.ts'
import type { StepOf } from '../step.ts'

export const command: Operation<StepOf<'command'>> = {
  run: async ({ release, index, command: words }, context) => {
    const { app, engine, files } = context
    const line = [words].flat().join(' ')
    await engine.runOnce(files.release(app, release), commandService(index), context).catch(
      recode('DOCKER_COMMAND_FAILED', (cause) => {
        return new MuelleError('RELEASE_COMMAND_FAILED', `The release command failed: ${line}`, {
          hint: 'Traffic stays on the previous release. Mend the command or the code and run muelle up again.',
          log: cause.log.slice(-15),
          cause,
        })
      }),
    )
  },
}

export const start: Operation<StepOf<'start'>> = {
  run: async ({ release, services }, context) => {
    const { app, engine, files } = context
    const project = files.release(app, release)
    await engine.up(project, keys(services, release), context).catch(
      recode('DOCKER_COMMAND_FAILED', (cause) => {
        return new MuelleError('START_FAILED', `Release ${release} could not be started.`, {
          hint: `Its Compose file is ${project.file}`,
          log: cause.log.slice(-15),
          cause,
        })
      }),
    )
  },
  undo: async ({ release, services, fresh }, { app, engine, files }) => {
    const project = files.release(app, release)
    if (fresh) await engine.down(project, {})
    else await engine.stop(project, keys(services, release), {})
  },
}

export const stop: Operation<StepOf<'stop'>> = {
  run: async ({ release, services }, context) => {
    const { app, engine, files } = context
    await engine.stop(files.release(app, release), keys(services, release), context)
  },
  undo: async ({ release, services }, { app, engine, files }) => {
    await engine.up(files.release(app, release), keys(services, release), {})
  },
}

function keys(services: readonly string[], release: number): string[] {
  return services.map((service) => releaseService(service, release))
}
