import type { Container } from '../../engine/port.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { withGateway } from '../../store/lease.ts'
import type { Context, Operation } from '../operation.ts'
import type { StepOf } from '../step.ts'
import { within } from '../wait.ts'
import { startContainers } from './edge.ts'
import { describeSite, show, showBefore, shownReplicas } from './reach.ts'
import { ready, webContainers } from './ready.ts'
import { addressesOf, untilReached, untilShown } from './shown.ts'

export const stage: Operation<StepOf<'stage'>> = {
  run: async ({ reach, before }, context) => {
    const { share, ...withoutShare } = reach
    if (share !== undefined && before.share === undefined) {
      await show(withoutShare, context)
      await untilReached(share.release, shownReplicas(reach, share.release), context)
    }
    await show(reach, context)
  },
  undo: async ({ release, reach, before }, context) => {
    // Workers of the old configuration draw the release under trial a little longer, so it has to be there.
    if (reach.share !== undefined && before.share === undefined) {
      const { share, ...withoutShare } = reach
      await show(withoutShare, context)
      await untilDrained(context)
    }
    await showBefore(before, release, context)
  },
}

export const switchTraffic: Operation<StepOf<'switch'>> = {
  run: async ({ release }, context) => {
    const { app, gateway, pod } = context
    const site = await describeSite(context)
    await untilShown(context, { site, release, asked: release })
    await gateway.flip(pod, app.name, release)
    await untilShown(context, { site, release, asked: undefined })
  },
  undo: async ({ from }, context) => {
    if (from === undefined) return
    const { app, gateway, pod } = context
    const webs = await webContainers(context, from)
    // Docker may have left them down. To start them takes less than until somebody looks.
    if (webs.length > 0 && !webs.some(({ running }) => running)) await startContainers(webs, context)
    if (webs.length > 0) return gateway.flip(pod, app.name, from)
    throw new MuelleError(
      'GATEWAY_FAILED',
      `Release ${from} does not run, so traffic cannot go back to it.`,
      {
        hint: `See what runs:  muelle status ${app.name}`,
      },
    )
  },
}

export const maintenance: Operation<StepOf<'maintenance'>> = {
  run: async ({ on, reach }, context) => {
    context.store.setMaintenance(context.app.name, on)
    await show(reach, context)
  },
  undo: async ({ release, was, reach }, context) => {
    // What was stopped meanwhile is on its way up; but an error tells visitors more than a page that stays for ever.
    if (!was) await untilReady(release, context).catch(() => undefined)
    context.store.setMaintenance(context.app.name, was)
    await show(reach, context)
  },
}

async function untilReady(release: number, context: Context): Promise<void> {
  const replicas = (await webContainers(context, release)).filter(({ running }) => running).length
  const timeoutMs = context.app.settings.deploy_timeout
  await ready.run({ kind: 'ready', release, replicas, timeoutMs }, context)
}

export const retire: Operation<StepOf<'retire'>> = {
  run: async ({ releases }, context) => {
    const { app, engine, files, gateway, pod } = context
    const live = await gateway.live(pod, app.name)
    // A plan that is finished late may name a release that someone has returned to since.
    const leaving = releases.filter((release) => release !== live)
    await hide(leaving, live, context)
    for (const release of leaving) {
      await drain(context, await webContainers(context, release))
      await engine.down(files.release(app, release), context)
    }
    await withGateway(context.store, () => gateway.tidy(pod))
  },
}

/** Mostly the gateway has forgotten them long since; after a way back from a rolling deployment it has not. */
async function hide(releases: readonly number[], live: number | undefined, context: Context): Promise<void> {
  const { app, files, gateway, pod } = context
  const arms = await gateway.arms(pod, app.name)
  const staying = arms.filter((arm) => !releases.includes(arm))
  if (live === undefined || staying.length === arms.length) return
  const model = (await files.readModel(app.name, live)) ?? app
  await show({ arms: staying }, { ...context, app: model })
}

type Draining = Pick<Context, 'app' | 'clock' | 'gateway' | 'pod' | 'signal'>

/** Waits until no request is under way, or can still come, to replicas that the gateway no longer reaches. */
export async function drain(context: Draining, replicas: readonly Container[]): Promise<void> {
  const { app, gateway, pod, clock, signal } = context
  const addresses = addressesOf(replicas, context)
  if (addresses.length === 0) return
  const limit = { timeoutMs: app.settings.drain_timeout, everyMs: 250, clock, signal }
  await within(limit, async () => {
    if (await gateway.isDraining(pod)) return undefined
    return (await gateway.openConnections(pod, addresses)) === 0 || undefined
  })
}

/** Waits until no worker of an earlier configuration is left: they keep open connections for ten seconds or more. */
async function untilDrained({ app, clock, gateway, pod, signal }: Draining): Promise<void> {
  const limit = { timeoutMs: app.settings.drain_timeout, everyMs: 250, clock, signal }
  await within(limit, async () => !(await gateway.isDraining(pod)) || undefined)
}
