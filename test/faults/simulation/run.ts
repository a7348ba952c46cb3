import type { App } from '../../../src/app/app.ts'
import { readApp } from '../../../src/app/read-app.ts'
import { deploy } from '../../../src/deploy/deploy.ts'
import { restart, restartService, scale, setMaintenance } from '../../../src/deploy/operate.ts'
import { rollBack } from '../../../src/deploy/roll-back.ts'
import { recoverApp, type Services } from '../../../src/deploy/with-app.ts'
import { MuelleError } from '../../../src/errors/muelle-error.ts'
import { openStore, type Store } from '../../../src/store/store.ts'
import { shopFile } from '../../support/app.ts'
import { factsOf } from '../../support/facts.ts'
import { lookAtRest, placeForeignThings } from './rest.ts'
import {
  type Command,
  type Deed,
  healthy,
  type ReleaseTraits,
  type Schedule,
  type Strategy,
  strategies,
} from './schedule.ts'
import { simulatedServices } from './services.ts'
import { World } from './world.ts'

/** Replicas are watched too, by the strategy that does so. */
function watched(settings: Record<string, unknown>): App {
  const file = shopFile(settings)
  const web = { ...file.services['web'], deploy: { replicas: 2, update_config: { monitor: '3s' } } }
  return readApp({ ...file, services: { ...file.services, web } }, '/srv/shop')
}

/** By strategy. A person who waits for a canary that cannot decide gives up in the end; here nobody does. */
const apps = Object.fromEntries(
  strategies.map((strategy) => [
    strategy,
    watched({
      domains: ['shop.test'],
      tls: 'off',
      release: ['migrate'],
      keep_releases: 3,
      deploy_timeout: '20s',
      strategy,
      canary: { minimum: '30s', maximum: '3m', on_too_little: 'promote-if-probes-pass' },
      watch: '5s',
    }),
  ]),
) as Record<Strategy, App>

interface Story {
  app: App
  world: World
  services: Services
  /** What Muelle remembers, read without Muelle. */
  store: Store
}

/**
 * Tells one schedule to the real planner, runner and recovery, on a simulated world.
 * @returns what went against an invariant; empty when nothing did
 */
export async function play(schedule: Schedule, bugs: { ignoresLabels?: boolean } = {}): Promise<string[]> {
  const world = new World(schedule.seed, bugs)
  const store = openStore(':memory:')
  const story = { app: apps[schedule.strategy], world, services: simulatedServices(world, store), store }
  placeForeignThings(world)
  try {
    for (const command of schedule.commands) await tell(command, story)
    await comeToRest(story)
  } finally {
    store.close()
  }
  return world.violations
}

async function tell({ does, faults }: Command, story: Story): Promise<void> {
  const { world } = story
  const hasToWork = !world.isTroubled && faults.length === 0 && canWork(does, story)
  const wasClosed = world.gateway.isClosed
  const goesOn = isHalfDone(story)
  world.begin(faults)
  const failure = await carryOut(does, story)
  if (failure instanceof MuelleError && failure.code === 'INTERNAL') {
    world.violate(`a bug instead of an error with a code: ${failure.message}`)
  }
  if (hasToWork && failure !== undefined) {
    world.violate(`${does.kind} failed, though nothing troubled it: ${String(failure)}`)
  }
  if (isHalfDone(story)) return
  if (!goesOn) lookAtMaintenance(does, { wasClosed, failure }, story)
  const { isUp, live } = world.gateway
  if (!isUp && live !== undefined && !world.isTroubled)
    world.violate(`the gateway is down after ${does.kind}: ${String(failure)}`)
}

/** @returns why it failed, or undefined */
async function carryOut(does: Deed, { app, services, store, world }: Story): Promise<unknown> {
  const control = { emit: () => undefined, signal: world.stop.signal }
  const { name } = app
  const next = store.nextRelease(name)
  try {
    switch (does.kind) {
      case 'up':
        world.traits.set(next, does.release)
        await deploy(
          { app, environment: 'production', images: [], facts: factsOf(app), replace: [], allow: [] },
          services,
          control,
        )
        break
      case 'restart':
        if (does.service !== undefined) {
          await restartService({ name, service: does.service }, services, control)
          break
        }
        world.traits.set(next, world.liveTraits ?? healthy)
        await restart(name, services, control)
        break
      case 'rollback':
        await rollBack(
          { name, to: does.to === 'oldest' ? oldest(name, store) : undefined },
          services,
          control,
        )
        break
      case 'scale':
        await scale({ name, ...does }, services, control)
        break
      case 'maintenance':
        await setMaintenance({ name, on: does.on }, services, control)
    }
    return undefined
  } catch (error) {
    return error
  }
}

function canWork(does: Deed, story: Story): boolean {
  if (does.kind !== 'up' && isLosingItsFirst(story)) return false
  const traits = traitsOf(does, story)
  if (traits === undefined) return false
  const { boots, buildWorks, releaseCommandWorks, workersRun, errorRate } = traits
  return boots && buildWorks && releaseCommandWorks && workersRun && errorRate === 0
}

/** The first release is being taken back: visitors may still reach it, and when the next command has gone on there is none. */
function isLosingItsFirst({ app, store }: Story): boolean {
  const isBack = ({ phases }: { phases: ReadonlyMap<number, string> }): boolean =>
    phases.values().some((phase) => phase === 'failed' || phase === 'undone')
  return (
    store.releases(app.name).every(({ state }) => state !== 'live') && store.unfinished(app.name).some(isBack)
  )
}

/** Of the release that serves in the end; undefined where there is none. */
function traitsOf(does: Deed, { app, store, world }: Story): ReleaseTraits | undefined {
  if (does.kind === 'up') return does.release
  if (does.kind !== 'rollback') return world.liveTraits
  return does.to === 'oldest' ? world.traits.get(oldest(app.name, store) ?? 0) : undefined
}

/** The oldest release that can be returned to. */
function oldest(name: string, store: Store): number | undefined {
  return store
    .releases(name)
    .filter(({ state }) => state === 'superseded')
    .at(-1)?.number
}

/** Muelle died, or could not take something back: the next command goes on with it. */
function isHalfDone({ app, world, store }: Story): boolean {
  return world.isDead || store.unfinished(app.name).length > 0
}

/** Visitors see the page exactly when a person has said so and was not told that it failed. */
function lookAtMaintenance(
  does: Deed,
  { wasClosed, failure }: { wasClosed: boolean; failure: unknown },
  { app, world, store }: Story,
): void {
  const { isClosed, live } = world.gateway
  const wanted = does.kind === 'maintenance' && failure === undefined ? does.on : wasClosed
  if (live === undefined) return
  if (isClosed !== wanted) world.violate(`maintenance is ${isClosed} after ${does.kind}, not ${wanted}`)
  if (isClosed !== store.isInMaintenance(app.name)) {
    world.violate(`maintenance is ${isClosed} for visitors, and not on record`)
  }
}

/** With nothing going wrong any more, one command makes everything whole, and the next deployment works. */
async function comeToRest(story: Story): Promise<void> {
  const { app, services, world } = story
  world.begin([])
  world.pass(120_000)
  const control = { emit: () => undefined, signal: world.stop.signal }
  await recoverApp(app.name, services, control).catch((error) => {
    // A rollback to a release that fails its visitors is finished, watched and taken back.
    if (error.code !== 'RELEASE_FAULTY') world.violate(`recovery failed: ${error}`)
  })
  lookAtRest(story)
  await tell({ does: { kind: 'up', release: healthy }, faults: [] }, story)
  world.pass(10_000)
  lookAtRest(story)
  if (world.gateway.live === undefined) world.violate('no release is live after an up that nothing troubled')
}
