import { join } from 'node:path'
import type { App } from '../../app/app.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { ensureSelfSigned } from '../../gateway/certificate.ts'
import type { Site } from '../../gateway/config.ts'
import type { FileMount } from '../../gateway/pod.ts'
import type { Presence } from '../../gateway/presence.ts'
import { edgeNetwork } from '../../release/names.ts'
import { withGateway } from '../../store/lease.ts'
import type { Context, Operation } from '../operation.ts'
import type { StepOf } from '../step.ts'
import { pause, within } from '../wait.ts'
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
    const { app, gateway, pod, store } = context
    const rest = arms.filter((arm) => arm !== release)
    await withGateway(store, async () => {
      if (rest.length === 0) return gateway.remove(pod, app.name)
      await gateway.stage(pod, await describePresence(context, rest))
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
  undo: async ({ from }, { app, gateway, pod }) => {
    if (from !== undefined) await gateway.flip(pod, app.name, from)
  },
}

export const retire: Operation<StepOf<'retire'>> = {
  run: async ({ releases }, context) => {
    const { app, engine, files, gateway, pod } = context
    for (const release of releases) {
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
  const { app, gateway, pod, signal } = context
  const { path } = app.web.health
  let last = 'no answer'
  const shown = await within(shownWithinMs, signal, async () => {
    const answer = await gateway
      .ask(pod, { site }, { path, ...(asked === undefined ? {} : { release: asked }) })
      .catch((error: Error) => {
        last = error.message
      })
    if (answer?.release === release && isHealthy(answer.status, app.web.health)) return true
    if (answer !== undefined)
      last = `${path} answers ${answer.status} from release ${answer.release ?? 'none'}`
    await pause(pollMs, signal)
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
  const { app, gateway, pod, signal } = context
  const replicas = await webContainers(context, release)
  const addresses = replicas.flatMap((replica) => {
    const ip = replica.addresses[edgeNetwork(app.name)]
    return ip === undefined || ip === '' ? [] : [`${ip}:${app.web.port}`]
  })
  await within(app.settings.drain_timeout, signal, async () => {
    if ((await gateway.openConnections(pod, addresses)) === 0) return true
    await pause(250, signal)
    return undefined
  })
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

async function describeSite({ app, pod, probeToken }: Context): Promise<Site> {
  const { entrance } = app
  const domains = entrance.kind === 'domains' ? entrance.domains : []
  const isTls = entrance.kind === 'domains' && entrance.tls === 'self-signed'
  return {
    app: app.name,
    domains,
    tls: isTls ? await ensureSelfSigned(join(pod.folder, 'tls'), app.name, domains) : undefined,
    files: app.files.map(({ urlPath, name }) => ({ urlPath, folder: name })),
    probeToken,
  }
}

function fileMounts({ name, files }: App): FileMount[] {
  return files.map((entry) => ({ app: name, folder: entry.name, source: entry.source }))
}
