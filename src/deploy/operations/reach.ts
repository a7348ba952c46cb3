import type { App } from '../../app/app.ts'
import type { ErrorCode } from '../../errors/catalogue.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { headersOf, rulesOf } from '../../gateway/config/from-app.ts'
import type { Site } from '../../gateway/config/model.ts'
import type { FileMount } from '../../gateway/pod.ts'
import type { Presence } from '../../gateway/presence.ts'
import { withGateway } from '../../store/lease.ts'
import type { Context } from '../operation.ts'
import type { Reach } from '../step.ts'
import { webContainers } from './ready.ts'

/** nginx may be starting again, and until it runs Docker refuses whatever is asked of it. */
const attempts = 3
const pauseMs = 1000
const signsOfRestart: ReadonlySet<ErrorCode> = new Set(['GATEWAY_FAILED', 'DOCKER_COMMAND_FAILED'])

/** Makes the gateway reach exactly this much of the app; what has no containers is left out. */
export async function show(reach: Reach, context: Context): Promise<void> {
  const { app, clock, gateway, pod, signal, store } = context
  for (let attempt = 1; ; attempt++) {
    try {
      const presence = await describePresence(reach, context)
      return await withGateway(store, async () => {
        if (presence.arms.length === 0) return gateway.remove(pod, app.name)
        await gateway.ensure(pod, app.name, presence.mounts)
        await gateway.stage(pod, presence)
      })
    } catch (error) {
      const isDown = error instanceof MuelleError && signsOfRestart.has(error.code)
      if (!isDown || attempt === attempts) throw error
      await clock.sleep(pauseMs, signal)
    }
  }
}

/**
 * Makes the gateway reach what it did before a release was shown, with the host names and files of the release that
 * stays: those of the new one may be what failed. Where only replicas of the live release were shown, it is that one.
 */
export async function showBefore(before: Reach, release: number, context: Context): Promise<void> {
  const { app, files, gateway, pod, store } = context
  const stays = before.arms.find((arm) => arm !== release) ?? before.arms[0]
  if (stays === undefined) {
    return withGateway(store, () => gateway.remove(pod, app.name))
  }
  const model = (await files.readModel(app.name, stays)) ?? app
  await show(before, { ...context, app: model })
}

/** Of the replicas of a release, those that the gateway reaches. */
export function shownReplicas({ replicas, skip }: Omit<Reach, 'share'>, release: number) {
  return <T>(all: readonly T[]): readonly T[] => all.slice(skip?.[release]).slice(0, replicas?.[release])
}

async function describePresence(reach: Reach, context: Context): Promise<Presence> {
  const { arms, share } = reach
  const { app, files, probeToken } = context
  const site = await describeSite(context)
  const described = arms.map(async (release) => {
    const model = (await files.readModel(app.name, release)) ?? app
    const containers = await webContainers({ ...context, app: model }, release)
    return {
      app: app.name,
      release,
      servers: shownReplicas(reach, release)(containers).map(({ name }) => name),
      port: model.web.port,
      probeToken,
      rules: rulesOf(model),
    }
  })
  return {
    site,
    arms: (await Promise.all(described)).filter(({ servers }) => servers.length > 0),
    ...(share === undefined ? {} : { share }),
    mounts: fileMounts(app),
  }
}

export async function describeSite({ app, certificates, pod, probeToken, store }: Context): Promise<Site> {
  const { entrance } = app
  const domains = entrance.kind === 'domains' ? entrance.domains : []
  return {
    app: app.name,
    domains,
    tls: await certificates.have(pod, app),
    files: app.files.map(({ urlPath, name }) => ({ urlPath, folder: name })),
    probeToken,
    headers: headersOf(app),
    rules: rulesOf(app),
    ...(store.isInMaintenance(app.name) ? { maintenance: true } : {}),
  }
}

function fileMounts({ name, files }: App): FileMount[] {
  return files.map((entry) => ({ app: name, folder: entry.name, source: entry.source }))
}
