import type { Container } from '../../engine/port.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { Context, Operation } from '../operation.ts'
import type { StepOf } from '../step.ts'
import { show } from './reach.ts'
import { ready, webContainers } from './ready.ts'
import { drain } from './traffic.ts'

export const grow: Operation<StepOf<'grow'>> = {
  run: async ({ release, to }, context) => {
    const wanted = (await webContainers(context, release)).slice(0, to)
    if (wanted.length === to) return startAll(wanted, context)
    throw new MuelleError(
      'START_FAILED',
      `Release ${release} has ${wanted.length} of ${to} web containers.`,
      {
        hint: 'Something removed them meanwhile. Run the same command again.',
      },
    )
  },
  undo: async ({ release, from }, context) => {
    const leaving = (await webContainers(context, release)).slice(from)
    await drain(context, leaving)
    await stopAll(leaving, context)
  },
}

export const shrink: Operation<StepOf<'shrink'>> = {
  run: async ({ release, to, reach }, context) => {
    const leaving = (await webContainers(context, release)).slice(to)
    await show(reach, context)
    await drain(context, leaving)
    await stopAll(leaving, context)
  },
  undo: async ({ release, from, before }, context) => {
    const { app, files } = context
    const model = (await files.readModel(app.name, release)) ?? app
    const old = { ...context, app: model }
    await startAll((await webContainers(old, release)).slice(0, from), context)
    await ready.run({ kind: 'ready', release, replicas: from, timeoutMs: model.settings.deploy_timeout }, old)
    await show(before, context)
  },
}

export const pause: Operation<StepOf<'pause'>> = {
  run: ({ forMs }, { clock, signal }) => clock.sleep(forMs, signal),
}

async function startAll(containers: readonly Container[], { engine }: Context): Promise<void> {
  await Promise.all(containers.filter(({ running }) => !running).map(({ id }) => engine.start(id)))
}

async function stopAll(containers: readonly Container[], { engine }: Context): Promise<void> {
  await Promise.all(containers.filter(({ running }) => running).map(({ id }) => engine.stopContainer(id)))
}
