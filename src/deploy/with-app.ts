import type { App } from '../app/app.ts'
import type { Repositories } from '../backup/repository.ts'
import type { Engine } from '../engine/port.ts'
import { asMuelleError } from '../errors/muelle-error.ts'
import type { Certificates } from '../gateway/certificates/certificates.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { Probe } from '../gateway/probe.ts'
import type { Notifier } from '../notify/notifier.ts'
import type { AppFiles } from '../release/files.ts'
import type { StandIns } from '../release/images.ts'
import type { Vault } from '../secrets/vault.ts'
import type { DeploymentKind } from '../store/deployments.ts'
import { withLease } from '../store/lease.ts'
import type { Store } from '../store/store.ts'
import { findLiveModel } from './live-model.ts'
import type { Observed } from './observed.ts'
import type { Context } from './operation.ts'
import { heal, wakeServing } from './operations/heal.ts'
import { restoreAsPromised } from './promised.ts'
import { type Control, type FinishedStep, recoverDeployment, runDeployment } from './run.ts'
import type { Step } from './step.ts'
import type { Clock } from './wait.ts'

/** Everything that a deployment needs from outside; made once, in main.ts. */
export interface Services {
  engine: Engine
  gateway: Gateway
  certificates: Certificates
  store: Store
  files: AppFiles
  secrets: Vault
  repositories: Repositories
  notifier: Notifier
  standIns: StandIns
  instance: string
  /** This process; tells later ones who began a deployment. */
  runner: string
  probe: Probe
  clock: Clock
  commitOf: (directory: string) => Promise<string | null>
  probeToken: string
  minimumFreeBytes: number
  buildCacheBytes?: number | undefined
}

export interface DeploymentResult {
  app: string
  release: number
  previous: number | undefined
  steps: readonly FinishedStep[]
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
    const count = await recover(name, services, control)
    if (count > 0) await healLive(name, services, control)
    return work()
  })
}

/**
 * Brings what died half-way to an end, and starts again what Docker left down when it was restarted.
 * @returns how many deployments that were
 */
export function recoverApp(name: string, services: Services, control: Control): Promise<number> {
  return withLease(services.store, name, async () => {
    const count = await recover(name, services, control)
    await healLive(name, services, control)
    return count
  })
}

/** What Docker left down belongs to no step of a plan, and the command that comes next may have none at all. */
async function healLive(name: string, services: Services, control: Control): Promise<void> {
  const app = await findLiveModel(name, services)
  if (app !== undefined) await heal(contextOf(app, services, { control, replace: [] }))
}

/** @returns how many deployments were brought to an end */
async function recover(name: string, services: Services, control: Control): Promise<number> {
  const { engine, files, gateway, store } = services
  await engine.refreshList(name)
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
    const context = contextOf(app, services, { control, replace: [] })
    await wakeServing(context)
    await recoverDeployment(remains, context, control).catch((error: unknown) => {
      // One that failed on its way, and was taken back whole, is brought to an end as well.
      if (store.unfinished(name).some((each) => each.id === id)) throw error
      control.emit({ type: 'note', message: `It was taken back: ${asMuelleError(error).message}` })
    })
  }
  await keepPromise(name, services, control)
  return unfinished.length
}

/** Of the model that serves, whose containers are stopped for it. */
async function keepPromise(name: string, services: Services, control: Control): Promise<void> {
  const app = await findLiveModel(name, services)
  if (app === undefined || services.store.restorePromise(name) === undefined) return
  await restoreAsPromised(contextOf(app, services, { control, replace: [] }), services.runner, control)
}

export function contextOf(
  app: App,
  services: Services,
  { control, replace }: { control: Control; replace: readonly string[] },
): Omit<Context, 'onLine' | 'signal'> {
  const note = (message: string): void => control.emit({ type: 'note', message })
  return { ...services, app, pod: services.gateway.podFor(app.entrance), replace, note }
}

export interface Run {
  app: App
  kind: DeploymentKind
  /** For people, when the kind says too little. */
  title?: string
  release: number
  steps: readonly Step[]
  observed: Observed
  replace: readonly string[]
  /** Rules of the check that found something, and were allowed to. */
  allowed?: readonly string[]
}

const titles: Readonly<Record<DeploymentKind, (release: number) => string>> = {
  up: (release) => `release ${release}`,
  promote: (release) => `release ${release}, promoted`,
  rollback: (release) => `rollback to release ${release}`,
  restart: (release) => `restart as release ${release}`,
  scale: (release) => `scale release ${release}`,
  maintenance: () => 'maintenance',
  backup: () => 'backup',
  drill: () => 'drill',
  restore: () => 'restore',
  rehearsal: () => 'rehearsal',
}

export async function carryOut(run: Run, services: Services, control: Control): Promise<DeploymentResult> {
  const { app, kind, release, steps, observed, replace, allowed = [] } = run
  const title = run.title ?? titles[kind](release)
  const finished = await runDeployment(
    { kind, title, from: observed.live, to: release, steps, runner: services.runner, allowed },
    contextOf(app, services, { control, replace }),
    control,
  ).catch(async (error: unknown) => {
    // What could not be taken back whole is the next command's, and the data with it.
    if (services.store.unfinished(app.name).length === 0) await keepPromise(app.name, services, control)
    throw error
  })
  return { app: app.name, release, previous: observed.live, steps: finished }
}
