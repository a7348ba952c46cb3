import { MuelleError, recode } from '../../errors/muelle-error.ts'
import { renderTest, testCommandService } from '../../release/render-test.ts'
import type { Context, Operation } from '../operation.ts'
import { onPrevious } from '../previous.ts'
import type { StepOf } from '../step.ts'
import { untilHealthy } from './backing.ts'
import { describeSite } from './reach.ts'
import { untilShown } from './shown.ts'

export const test: Operation<StepOf<'test'>> = {
  run: async ({ release, commands }, context) => {
    const { app, engine, files, instance, store } = context
    const project = files.test(app, release)
    const images = store.releases(app.name).find(({ number }) => number === release)?.images ?? {}
    const file = renderTest(app, { number: release, images, instance })
    await files.write(project, file)
    const backing = Object.keys(file.services).filter((key) => app.file.services[key] !== undefined)
    try {
      if (backing.length > 0) await engine.up(project, backing, context)
      const containers = await engine.containers({ app: app.name, release, role: 'test' })
      await Promise.all(containers.map((container) => untilHealthy(container, context)))
      for (const [index, command] of commands.entries()) {
        await engine.runOnce(project, testCommandService(index), context).catch(
          recode('DOCKER_COMMAND_FAILED', (cause) => {
            const line = [command].flat().join(' ')
            return new MuelleError('TEST_FAILED', `The test failed: ${line}`, {
              hint: 'Nothing was deployed. Mend what failed and run the same command again.',
              log: cause.log.slice(-15),
              cause,
            })
          }),
        )
      }
    } finally {
      await engine.down(project, {})
    }
  },
  undo: async ({ release }, { app, engine, files }) => {
    await engine.down(files.test(app, release), {})
  },
}

export const smoke: Operation<StepOf<'smoke'>> = {
  run: async ({ release, paths }, context) => {
    const { gateway, pod } = context
    const site = await describeSite(context)
    await untilShown(context, { site, release, asked: release })
    for (const path of paths) {
      const answer = await gateway
        .ask(pod, { site }, { path, release })
        .catch((error: Error) => error.message)
      if (typeof answer !== 'string' && answer.status < 400) continue
      const what = typeof answer === 'string' ? answer : `answers ${answer.status}`
      throw new MuelleError('UNHEALTHY', `Release ${release} is not healthy: ${path} ${what}.`, {
        hint: `${onPrevious('Traffic is', context)}Mend the cause and run the same command again.`,
        ...(await lastLines(release, context)),
      })
    }
  },
}

async function lastLines(release: number, { app, engine }: Context) {
  const [first] = await engine.containers({ app: app.name, release, service: app.web.service })
  return first === undefined ? {} : { container: first.id, log: await engine.logs(first.id, 15) }
}
