import type { Container } from '../../engine/port.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { releaseService } from '../../release/names.ts'
import type { Context, Operation } from '../operation.ts'
import type { StepOf } from '../step.ts'
import { startContainers } from './edge.ts'
import { show, shownReplicas } from './reach.ts'
import { inOrder, ready, webContainers } from './ready.ts'
import { untilReached } from './shown.ts'
import { drain } from './traffic.ts'

export const grow: Operation<StepOf<'grow'>> = {
  run: async ({ release, service, to }, context) => {
    const wanted = (await replicasOf({ release, service }, context)).slice(0, to)
    if (wanted.length === to) return startContainers(wanted, context)
    throw new MuelleError(
      'START_FAILED',
      `Release ${release} has ${wanted.length} of ${to} containers of ${service}.`,
      {
        hint: 'Something removed them meanwhile. Run the same command again.',
      },
    )
  },
  undo: async ({ release, service, from }, context) => {
    const leaving = (await replicasOf({ release, service }, context)).slice(from)
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
    await startContainers((await webContainers(old, release)).slice(0, from), context)
    await ready.run({ kind: 'ready', release, replicas: from, timeoutMs: model.settings.deploy_timeout }, old)
    await show(before, context)
    // Of a release that the gateway had forgotten, nginx knows nothing yet; traffic goes back to it next.
    await untilReached(release, shownReplicas(before, release), old)
  },
}

export const trim: Operation<StepOf<'trim'>> = {
  run: removeBeyond,
  undo: async ({ release, service, from }, context) => {
    const { app, engine, files } = context
    const key = releaseService(service, release)
    await engine.create(files.release(app, release), [key], { scale: { [key]: from } })
    await startContainers((await replicasOf({ release, service }, context)).slice(0, from), context)
  },
}

export const renew: Operation<StepOf<'renew'>> = {
  run: async ({ release, service, to, traffic }, context) => {
    const all = await replicasOf({ release, service }, context)
    // Counted from what is there: after a crash, some may be gone already.
    const leaving = all.slice(0, Math.max(0, all.length - to))
    if (traffic !== undefined) {
      // Those that stay may be new to nginx, and are on their own from now on.
      await untilReached(release, (replicas) => replicas.slice(-to), context)
      await show({ ...traffic.reach, skip: { [release]: leaving.length } }, context)
      await drain(context, leaving)
    }
    await Promise.all(leaving.map((replica) => remove(replica, context)))
  },
  undo: async ({ release, service, from, traffic }, context) => {
    await trim.undo?.({ kind: 'trim', release, service, from, to: from }, context)
    if (traffic === undefined) return
    const timeoutMs = context.app.settings.deploy_timeout
    await ready.run({ kind: 'ready', release, replicas: from, timeoutMs }, context)
    await show(traffic.before, context)
  },
}

/** Removes the replicas of a service beyond a number; they are drained already, or serve no visitors. */
export async function removeBeyond(
  { release, service, to }: { release: number; service: string; to: number },
  context: Context,
): Promise<void> {
  for (const replica of (await replicasOf({ release, service }, context)).slice(to))
    await remove(replica, context)
}

async function remove({ id }: Container, { engine }: Context): Promise<void> {
  await engine.stopContainer(id)
  await engine.removeContainer(id)
}

async function replicasOf(
  { release, service }: { release: number; service: string },
  { app, engine }: Context,
): Promise<Container[]> {
  return inOrder(await engine.containers({ app: app.name, release, service }))
}

export const pause: Operation<StepOf<'pause'>> = {
  run: ({ forMs }, { clock, signal }) => clock.sleep(forMs, signal),
}

async function stopAll(containers: readonly Container[], { engine }: Context): Promise<void> {
  await Promise.all(containers.filter(({ running }) => running).map(({ id }) => engine.stopContainer(id)))
}
