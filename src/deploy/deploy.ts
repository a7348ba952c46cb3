import type { App } from '../app/app.ts'
import type { Facts } from '../check/facts.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import type { DeploymentKind } from '../store/deployments.ts'
import type { Store } from '../store/store.ts'
import { decideRoom, type Memory, makeRoom } from './memory.ts'
import { observe } from './observe.ts'
import { observeMemory } from './observe-memory.ts'
import type { Observed } from './observed.ts'
import { type Place, refuseTaken } from './place.ts'
import { type Promotion, planPromote, planUp, type Target } from './plan.ts'
import {
  adviseWithout,
  choosePrecaution,
  refuseWithoutBackup,
  replacesDatabase,
  withoutBackup,
} from './precaution.ts'
import type { Allow } from './preflight.ts'
import type { Control } from './run.ts'
import type { Step } from './step.ts'
import { type Known, tellOutcome } from './tell.ts'
import { refuseWhilePaused, watchForPause } from './updates.ts'
import { carryOut, type DeploymentResult, type Run, type Services, withApp } from './with-app.ts'

/** What is decided from what is there. */
type Decided = 'release' | 'retireFirst' | 'buildCacheBytes' | 'precaution' | 'replacesDatabase'

export interface UpTarget extends Place, Omit<Target, Decided> {
  facts: Facts
  /** Backing services that may be replaced. */
  replace: readonly string[]
  /** Rules of the check that may find something. */
  allow: Allow
  isUnattended?: boolean
  /** Someone knows better than the estimate. */
  ignoresMemory?: boolean
  /** For who decided before the app was his alone: the commit that was live then. */
  decidedAt?: string | null
  /** First lines of what was committed since the live release. */
  changes?: readonly string[]
  /** No restore point is made before the release commands. */
  withoutBackup?: boolean
  /** Instead of building, the images of this release. */
  source?: Promotion['source']
}

/**
 * Deploys the next release of an app, and tells those who want to know how it ended.
 * @throws MuelleError CHECK_FAILED before anything is touched, or UPDATES_PAUSED when nobody watches, and they are
 */
export async function deploy(
  target: UpTarget,
  services: Services,
  control: Control,
): Promise<DeploymentResult> {
  const { app, environment, changes = [], isUnattended = false } = target
  const commit = await services.commitOf(app.directory)
  const known: Known = { changes, isUnattended, ...(commit === null ? {} : { commit }) }
  const { name, settings } = app
  const told = { app: { name, environment, settings }, known, notifier: services.notifier }
  // What is built is what is there now, whatever is committed meanwhile.
  const fixed = { ...services, commitOf: async () => commit }
  return tellOutcome(told, () => deployNext(target, fixed, { control, known }))
}

async function deployNext(
  target: UpTarget,
  services: Services,
  { control, known }: { control: Control; known: Known },
): Promise<DeploymentResult> {
  const { environment, replace, isUnattended = false, ignoresMemory = false } = target
  const { buildCacheBytes, store } = services
  // Not every command has a use for 60 rules; who reads a project loads them beside Compose.
  const { preflight } = await import('./preflight.ts')
  const allowed = preflight(target.facts, target.allow, control.emit)
  const scales = store.scales(target.app.name)
  for (const message of describeScales(target.app, scales)) control.emit({ type: 'note', message })
  const app = withScales(target.app, scales)
  const precaution = choosePrecaution(target, store)
  refuseWithoutBackup(app, precaution)
  await refuseTaken(target, services)
  await services.certificates.check(app)
  store.rememberApp({ name: app.name, directory: app.home ?? app.directory, environment })
  return withApp(app.name, { services, control }, async () => {
    if (isUnattended) refuseWhilePaused(app.name, store)
    if (target.decidedAt !== undefined) refuseOvertaken(app.name, target.decidedAt, store)
    await adopt(app, services)
    const observed = await observe(app, services)
    const release = nextRelease(app.name, observed, services)
    known.release = release
    const memory = ignoresMemory ? undefined : await observeMemory(app, observed, services.engine)
    const retireFirst = memory === undefined ? [] : makeRoom(memory, observed)
    const { kind, steps } = planNext(
      {
        ...target,
        ...withPrecaution(target, precaution, services),
        app,
        release,
        retireFirst,
        buildCacheBytes,
      },
      observed,
    )
    await services.files.keepLatest(app)
    const emit = watchForPause(control.emit, { app: app.name, release, store })
    const recorded = target.withoutBackup === true ? [...allowed, withoutBackup] : allowed
    const run: Run = { app, kind, release, steps, observed, replace, allowed: recorded }
    return carryOut(run, services, { ...control, emit }).catch(adviseWithout)
  })
}

/** Two updates at once would leave the one that was fetched first. */
function refuseOvertaken(name: string, decidedAt: string | null, store: Store): void {
  const live = store.releases(name).find(({ state }) => state === 'live')
  if ((live?.commit ?? null) === decidedAt) return
  throw new MuelleError('LOCKED', `Another deployment of ${name} has ended meanwhile.`, {
    hint: 'Run the same command again: it looks anew at what there is.',
  })
}

function withPrecaution(
  target: Pick<UpTarget, 'app' | 'images'> & { replace?: readonly string[] },
  precaution: Target['precaution'],
  { repositories }: Services,
): Pick<Target, 'images' | 'precaution' | 'replacesDatabase'> {
  if (precaution === undefined) return { images: target.images }
  const images = [...target.images, repositories.image]
  return { images, precaution, replacesDatabase: replacesDatabase(target) }
}

function planNext(
  { source, ...next }: Target & Pick<UpTarget, 'source'>,
  observed: Observed,
): { kind: DeploymentKind; steps: Step[] } {
  return source === undefined
    ? { kind: 'up', steps: planUp(next, observed) }
    : { kind: 'promote', steps: planPromote({ ...next, source }, observed) }
}

interface Preview {
  /** With the replicas that people asked for by hand. */
  app: App
  release: number
  steps: Step[]
  observed: Observed
  memory: Memory | undefined
  notes: readonly string[]
}

/** The plan that `deploy` would run now; without room for it in memory, the one that it would run with more. */
export async function previewDeploy(
  target: Place & Omit<Target, Decided>,
  services: Services,
): Promise<Preview> {
  await refuseTaken(target, services)
  const observed = await observe(target.app, services)
  const release = nextRelease(target.app.name, observed, services)
  const scales = services.store.scales(target.app.name)
  const app = withScales(target.app, scales)
  const memory = await observeMemory(app, observed, services.engine)
  const hasRoom = memory !== undefined && decideRoom(memory) !== 'short'
  const retireFirst = hasRoom ? makeRoom(memory, observed) : []
  const { buildCacheBytes, store } = services
  const precaution = withPrecaution(target, choosePrecaution(target, store), services)
  const steps = planUp({ ...target, ...precaution, app, release, retireFirst, buildCacheBytes }, observed)
  return { app, release, steps, observed, memory, notes: describeScales(target.app, scales) }
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
export function nextRelease(name: string, { standing }: Observed, { store }: Services): number {
  return Math.max(store.nextRelease(name), ...standing.map(({ number }) => number + 1))
}

/** The app with other numbers of replicas, by service. */
export function withScales(app: App, scales: Readonly<Record<string, number>>): App {
  const services = app.services.map((service) => ({
    ...service,
    replicas: scales[service.name] ?? service.replicas,
  }))
  return { ...app, services }
}

/** Where people asked for another number of replicas than the file has; theirs counts. */
function describeScales({ name, services }: App, scales: Readonly<Record<string, number>>): string[] {
  return services.flatMap(({ name: service, replicas }) => {
    const wanted = scales[service] ?? replicas
    if (wanted === replicas) return []
    const next = `muelle scale ${service}=${replicas} --app ${name}`
    return [`${service} runs ${wanted} times, as muelle scale said; the file says ${replicas}:  ${next}`]
  })
}
