import type { App } from '../app/app.ts'
import type { Engine } from '../engine/port.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { Probe } from '../gateway/probe.ts'
import type { AppFiles } from '../release/files.ts'
import type { StandIns } from '../release/images.ts'
import { withLease } from '../store/lease.ts'
import type { DeploymentKind, Store } from '../store/store.ts'
import { observe } from './observe.ts'
import type { Context } from './operation.ts'
import { type Observed, planRestart, planRollback, planUp, type Target } from './plan.ts'
import { planScale } from './plan-scale.ts'
import { type Control, type FinishedStep, recoverDeployment, runDeployment } from './run.ts'
import type { Reach, Step } from './step.ts'
import type { Clock } from './wait.ts'

/** Everything that a deployment needs from outside; made once, in main.ts. */
export interface Services {
  engine: Engine
  gateway: Gateway
  store: Store
  files: AppFiles
  standIns: StandIns
  instance: string
  /** This process; tells later ones who began a deployment. */
  runner: string
  probe: Probe
  clock: Clock
  commitOf: (directory: string) => Promise<string | null>
  probeToken: string
  minimumFreeBytes: number
}

export interface DeploymentResult {
  app: string
  release: number
  previous: number | undefined
  steps: readonly FinishedStep[]
}

/** Deploys the next release of an app. */
export async function deploy(
  target: { app: App; images: readonly string[]; replace: readonly string[] },
  services: Services,
  control: Control,
): Promise<DeploymentResult> {
  const { images, replace } = target
  const app = scaled(target.app, services)
  services.store.rememberApp({ name: app.name, directory: app.directory })
  return withApp(app.name, { services, control }, async () => {
    await adopt(app, services)
    const observed = await observe(app, services)
    const release = nextRelease(app.name, observed, services)
    const steps = planUp({ app, images, release }, observed)
    await services.files.keepLatest(app)
    return carryOut({ app, kind: 'up', release, steps, observed, replace }, services, control)
  })
}

/** The plan that `deploy` would run now. */
export async function previewDeploy(
  target: Omit<Target, 'release'>,
  services: Services,
): Promise<{ release: number; steps: Step[]; observed: Observed }> {
  const observed = await observe(target.app, services)
  const release = services.store.nextRelease(target.app.name)
  const app = scaled(target.app, services)
  return { release, steps: planUp({ ...target, app, release }, observed), observed }
}

/** Puts what stands and is not on record there again, should the state database have been lost. */
async function adopt(app: App, services: Services): Promise<void> {
  const { engine, files, store } = services
  const known = new Set(store.releases(app.name).map(({ number }) => number))
  const { live, standing } = await observe(app, services)
  for (const { number } of standing) {
    if (known.has(number) || (await files.readModel(app.name, number)) === undefined) continue
    const containers = await engine.containers({ app: app.name, release: number })
    const images = Object.fromEntries(containers.map(({ service, image }) => [service, image]))
    store.addRelease({ app: app.name, number, commit: null, images })
    store.markRelease(app.name, number, 'superseded')
    if (number === live) store.activate(app.name, number)
  }
}

/** Higher than any that is on record or stands. */
function nextRelease(name: string, { standing }: Observed, { store }: Services): number {
  return Math.max(store.nextRelease(name), ...standing.map(({ number }) => number + 1))
}

/** The app with the replicas that people asked for by hand. */
function scaled(app: App, { store }: Services): App {
  const scales = store.scales(app.name)
  const services = app.services.map((service) => ({
    ...service,
    replicas: scales[service.name] ?? service.replicas,
  }))
  return { ...app, services }
}

/**
 * Returns to a kept release; without a number, to the one before the live one.
 * @throws MuelleError RELEASE_UNKNOWN
 */
export async function rollBack(
  target: { name: string; to: number | undefined },
  services: Services,
  control: Control,
): Promise<DeploymentResult> {
  const { store, files } = services
  return withApp(target.name, { services, control }, async () => {
    const current = await readLiveModel(target.name, services)
    const observed = await observe(current, services)
    const release = target.to ?? releaseBefore(target.name, observed, store)
    const app = release === undefined ? undefined : await files.readModel(target.name, release)
    if (release === undefined || app === undefined || !observed.kept.includes(release)) {
      throw new MuelleError(
        'RELEASE_UNKNOWN',
        release === undefined
          ? `${target.name} has no release before the live one.`
          : `Release ${release} of ${target.name} is not kept.`,
        { hint: `See which are:  muelle releases --app ${target.name}` },
      )
    }
    if (release === observed.live) {
      throw new MuelleError('RELEASE_UNKNOWN', `Release ${release} is the live one already.`, {
        hint: `See the others:  muelle releases --app ${target.name}`,
      })
    }
    const steps = planRollback(app, release, observed)
    return carryOut({ app, kind: 'rollback', release, steps, observed, replace: [] }, services, control)
  })
}

/** Restarts everything of the live release but its backing services, as a release of its own beside it. */
export async function restart(name: string, services: Services, control: Control): Promise<DeploymentResult> {
  return withApp(name, { services, control }, async () => {
    const { app, observed } = await observeLive(name, services)
    const release = nextRelease(name, observed, services)
    const steps = planRestart({ app, release }, observed)
    return carryOut({ app, kind: 'restart', release, steps, observed, replace: [] }, services, control)
  })
}

/** Changes how many replicas of a service run, now and in later releases. @throws MuelleError USAGE */
export async function scale(
  target: { name: string; service: string; replicas: number },
  services: Services,
  control: Control,
): Promise<DeploymentResult> {
  return withApp(target.name, { services, control }, async () => {
    const { app, observed, live } = await observeLive(target.name, services)
    const service = app.services.find(({ name }) => name === target.service)
    if (service === undefined || !scalable.has(service.role)) {
      const names = app.services.filter(({ role }) => scalable.has(role)).map(({ name }) => name)
      throw new MuelleError('USAGE', `${target.service} cannot be scaled.`, {
        hint: `Services of ${target.name} that can: ${names.join(', ')}`,
      })
    }
    const steps = planScale({
      release: live,
      service,
      to: target.replicas,
      from: service.replicas,
      reach: await reachNow(app, services),
      timeoutMs: app.settings.deploy_timeout,
    })
    return carryOut({ app, kind: 'scale', release: live, steps, observed, replace: [] }, services, control)
  })
}

const scalable: ReadonlySet<string> = new Set(['web', 'internal', 'worker'])

/** Shows visitors the maintenance page, or lets them in again. */
export async function setMaintenance(
  target: { name: string; on: boolean },
  services: Services,
  control: Control,
): Promise<DeploymentResult> {
  return withApp(target.name, { services, control }, async () => {
    const { app, observed, live } = await observeLive(target.name, services)
    const reach = await reachNow(app, services)
    const steps: Step[] = [{ kind: 'maintenance', release: live, on: target.on, reach }]
    return carryOut(
      { app, kind: 'maintenance', release: live, steps, observed, replace: [] },
      services,
      control,
    )
  })
}

/** @throws MuelleError APP_UNKNOWN or RELEASE_UNKNOWN */
async function observeLive(name: string, services: Services) {
  const app = await readLiveModel(name, services)
  const observed = await observe(app, services)
  const { live } = observed
  if (live !== undefined) return { app, observed, live }
  throw new MuelleError('RELEASE_UNKNOWN', `No release of ${name} is live.`, {
    hint: 'Deploy it:  muelle up',
  })
}

/** The releases that the gateway shows, as they are. */
async function reachNow({ name, entrance }: App, { gateway }: Services): Promise<Reach> {
  return { arms: await gateway.arms(gateway.podFor(entrance), name) }
}

/**
 * The release that served before the live one was deployed, not the one with the number before: that may have
 * been left by a rollback itself.
 */
function releaseBefore(name: string, { live, kept }: Observed, store: Store): number | undefined {
  if (live === undefined) return kept[0]
  const before = store.predecessor(name, live)
  if (before !== undefined && kept.includes(before)) return before
  return kept.find((number) => number < live)
}

/** The model of the release that is live, or the newest that there is. @throws MuelleError APP_UNKNOWN */
export async function readLiveModel(
  name: string,
  { store, files }: Pick<Services, 'store' | 'files'>,
): Promise<App> {
  const releases = store.releases(name)
  const candidates = [...releases.filter(({ state }) => state === 'live'), ...releases]
  for (const { number } of candidates) {
    const model = await files.readModel(name, number)
    if (model !== undefined) return model
  }
  const latest = await files.readLatest(name)
  if (latest !== undefined) return latest
  throw new MuelleError('APP_UNKNOWN', `No app called ${name} is deployed here.`, {
    hint: 'See what is:  muelle status   or deploy it:  muelle up path/to/project',
  })
}

interface Run {
  app: App
  kind: DeploymentKind
  release: number
  steps: readonly Step[]
  observed: Observed
  replace: readonly string[]
}

const titles: Readonly<Record<DeploymentKind, (release: number) => string>> = {
  up: (release) => `release ${release}`,
  rollback: (release) => `rollback to release ${release}`,
  restart: (release) => `restart as release ${release}`,
  scale: (release) => `scale release ${release}`,
  maintenance: () => 'maintenance',
}

async function carryOut(run: Run, services: Services, control: Control): Promise<DeploymentResult> {
  const { app, kind, release, steps, observed, replace } = run
  const title = titles[kind](release)
  const finished = await runDeployment(
    { kind, title, from: observed.live, to: release, steps, runner: services.runner },
    contextOf(app, services, { control, replace }),
    control,
  )
  return { app: app.name, release, previous: observed.live, steps: finished }
}

/**
 * Does work on an app that nobody else works on meanwhile, once every deployment that died half-way was brought to
 * an end.
 * @throws MuelleError LOCKED, or why a deployment cannot be brought to an end now
 */
export async function withApp<T>(
  name: string,
  { services, control }: { services: Services; control: Control },
  work: () => Promise<T>,
): Promise<T> {
  return withLease(services.store, name, async () => {
    await recover(name, services, control)
    return work()
  })
}

/**
 * Brings what died half-way to an end, and does nothing else.
 * @returns how many deployments that were
 */
export function recoverApp(name: string, services: Services, control: Control): Promise<number> {
  return withLease(services.store, name, () => recover(name, services, control))
}

/** @returns how many deployments were brought to an end */
async function recover(name: string, services: Services, control: Control): Promise<number> {
  const { engine, files, gateway, store } = services
  const unfinished = store.unfinished(name)
  for (const { id, kind, to, runner, plan, phases } of unfinished) {
    control.emit({
      type: 'note',
      message: `A deployment of ${name} (${kind}) died half-way: bringing it to an end`,
    })
    await engine.endCommandsOf(runner)
    const model = to === null ? undefined : await files.readModel(name, to)
    const app = model ?? (await files.readLatest(name))
    if (app === undefined) {
      store.endDeployment(id, 'interrupted')
      continue
    }
    const live = await gateway.live(gateway.podFor(app.entrance), name)
    const remains = { id, to, phases, steps: plan as readonly Step[], live }
    await recoverDeployment(remains, contextOf(app, services, { control, replace: [] }), control)
  }
  return unfinished.length
}

function contextOf(
  app: App,
  services: Services,
  { control, replace }: { control: Control; replace: readonly string[] },
): Omit<Context, 'onLine' | 'signal'> {
  const note = (message: string): void => control.emit({ type: 'note', message })
  return { ...services, app, pod: services.gateway.podFor(app.entrance), replace, note }
}
