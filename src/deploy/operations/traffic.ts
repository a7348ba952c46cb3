import type { App } from '../../app/app.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { Site } from '../../gateway/config.ts'
import type { FileMount } from '../../gateway/pod.ts'
import type { Presence } from '../../gateway/presence.ts'
import { edgeNetwork } from '../../release/names.ts'
import { withGateway } from '../../store/lease.ts'
import type { Context, Operation } from '../operation.ts'
import type { StepOf } from '../step.ts'
import { within } from '../wait.ts'
import { isHealthy, webContainers } from './ready.ts'

/** A reload takes about 0.1 s; the rest is for a busy machine. */
const shownWithinMs = 60_000
const pollMs = 20

export const stage: Operation<StepOf<'stage'>> = {
  run: async ({ arms }, context) => {
    const { app, gateway, pod, store } = context
    const presence = await describePresence(context, arms)
    await withGateway(store, async () => {
      await gateway.ensure(pod, app.name, presence.mounts)
      await gateway.stage(pod, presence)
    })
  },
  undo: async ({ release, arms }, context) => {
    const { app, files, gateway, pod, store } = context
    const rest = arms.filter((arm) => arm !== release)
    const last = rest.at(-1)
    const before = last === undefined ? undefined : ((await files.readModel(app.name, last)) ?? app)
    await withGateway(store, async () => {
      if (before === undefined) return gateway.remove(pod, app.name)
      // With the host names and files of the release that stays: those of the new one may be what failed.
      await gateway.stage(pod, await describePresence({ ...context, app: before }, rest))
    })
  },
}

export const switchTraffic: Operation<StepOf<'switch'>> = {
  run: async ({ release }, context) => {
    const { app, gateway, pod } = context
    const site = await describeSite(context)
    await untilShown(context, site, { release, asked: release })
    await gateway.flip(pod, app.name, release)
    await untilShown(context, site, { release, asked: undefined })
  },
  undo: async ({ from }, context) => {
    if (from === undefined) return
    const { app, gateway, pod } = context
    if ((await webContainers(context, from)).some(({ running }) => running)) {
      return gateway.flip(pod, app.name, from)
    }
    throw new MuelleError(
      'GATEWAY_FAILED',
      `Release ${from} does not run, so traffic cannot go back to it.`,
      {
        hint: `See what runs:  muelle status ${app.name}`,
      },
    )
  },
}

export const retire: Operation<StepOf<'retire'>> = {
  run: async ({ releases }, context) => {
    const { app, engine, files, gateway, pod } = context
    const live = await gateway.live(pod, app.name)
    // A plan that is finished late may name a release that someone has returned to since.
    for (const release of releases.filter((candidate) => candidate !== live)) {
      await drain(context, release)
      await engine.down(files.release(app, release), context)
    }
    await gateway.tidy(pod)
  },
}

/** Asks through the gateway until the release answers there, as a visitor would see it. */
async function untilShown(
  context: Context,
  site: Site,
  { release, asked }: { release: number; asked: number | undefined },
): Promise<void> {
  const { app, gateway, pod, clock, signal } = context
  const { path } = app.web.health
  let last = 'no answer'
  const limit = { timeoutMs: shownWithinMs, everyMs: pollMs, clock, signal }
  const shown = await within(limit, async () => {
    const answer = await gateway
      .ask(pod, { site }, { path, ...(asked === undefined ? {} : { release: asked }) })
      .catch((error: Error) => {
        last = error.message
      })
    if (answer?.release === release && isHealthy(answer.status, app.web.health)) return true
    if (answer !== undefined)
      last = `${path} answers ${answer.status} from release ${answer.release ?? 'none'}`
    return undefined
  })
  if (shown === true) return
  throw new MuelleError('GATEWAY_FAILED', `The gateway does not show release ${release}: ${last}.`, {
    hint: 'Traffic stays on the previous release.',
    log: await gateway.errorLog(pod),
  })
}

/** Waits until no request is under way to a release that gets no new ones. */
async function drain(context: Context, release: number): Promise<void> {
  const { app, gateway, pod, clock, signal } = context
  const replicas = await webContainers(context, release)
  const addresses = replicas.flatMap((replica) => {
    const ip = replica.addresses[edgeNetwork(app.name)]
    return ip === undefined || ip === '' ? [] : [`${ip}:${app.web.port}`]
  })
  const limit = { timeoutMs: app.settings.drain_timeout, everyMs: 250, clock, signal }
  await within(limit, async () => (await gateway.openConnections(pod, addresses)) === 0 || undefined)
}

async function describePresence(context: Context, releases: readonly number[]): Promise<Presence> {
  const { app, files, probeToken } = context
  const arms = releases.map(async (release) => {
    const model = (await files.readModel(app.name, release)) ?? app
    const containers = await webContainers({ ...context, app: model }, release)
    return {
      app: app.name,
      release,
      servers: containers.map((container) => container.name).sort(),
      port: model.web.port,
      probeToken,
    }
  })
  return { site: await describeSite(context), arms: await Promise.all(arms), mounts: fileMounts(app) }
}

async function describeSite({ app, gateway, pod, probeToken }: Context): Promise<Site> {
  const { entrance } = app
  const domains = entrance.kind === 'domains' ? entrance.domains : []
  const isTls = entrance.kind === 'domains' && entrance.tls === 'self-signed'
  return {
    app: app.name,
    domains,
    tls: isTls ? await gateway.certificate(pod, app.name, domains) : undefined,
    files: app.files.map(({ urlPath, name }) => ({ urlPath, folder: name })),
    probeToken,
  }
}

function fileMounts({ name, files }: App): FileMount[] {
  return files.map((entry) => ({ app: name, folder: entry.name, source: entry.source }))
}
