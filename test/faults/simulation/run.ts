import type { App } from '../../../src/app/app.ts'
import { deploy, rollBack } from '../../../src/deploy/deploy.ts'
import { recoverApp, type Services } from '../../../src/deploy/with-app.ts'
import { MuelleError } from '../../../src/errors/muelle-error.ts'
import { labels } from '../../../src/release/names.ts'
import { shop } from '../../support/app.ts'
import { simulatedServices } from './ports.ts'
import { type Command, type ReleaseTraits, type Schedule, type Strategy, strategies } from './schedule.ts'
import { releaseOf, World } from './world.ts'

/** By strategy. A person who waits for a canary that cannot decide gives up in the end; here nobody does. */
const apps = Object.fromEntries(
  strategies.map((strategy) => [
    strategy,
    shop({
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
const healthy: ReleaseTraits = {
  boots: true,
  buildWorks: true,
  releaseCommandWorks: true,
  bootMs: 500,
  errorRate: 0,
}

/**
 * Tells one schedule to the real planner, runner and recovery, on a simulated world.
 * @returns what went against an invariant; empty when nothing did
 */
export async function play(schedule: Schedule, bugs: { ignoresLabels?: boolean } = {}): Promise<string[]> {
  const world = new World(schedule.seed, bugs)
  const services = simulatedServices(world)
  placeForeignThings(world)
  try {
    const app = apps[schedule.strategy]
    for (const command of schedule.commands) await tell(command, app, world, services)
    await comeToRest(app, world, services)
  } finally {
    services.store.close()
  }
  return world.violations
}

async function tell(command: Command, app: App, world: World, services: Services): Promise<void> {
  const isUntroubled = !world.isTroubled && command.faults.length === 0 && isHealthy(command)
  world.begin(command.faults)
  const outcome = await carryOut(command, app, world, services)
  if (outcome instanceof MuelleError && outcome.code === 'INTERNAL') {
    world.violate(`a bug instead of an error with a code: ${outcome.message}`)
  }
  if (isUntroubled && outcome !== undefined && command.kind === 'up') {
    world.violate(`an up that nothing troubled failed: ${String(outcome)}`)
  }
}

/** @returns why it failed, or undefined */
async function carryOut(
  { kind, release }: Command,
  app: App,
  world: World,
  services: Services,
): Promise<unknown> {
  const control = { emit: () => undefined, signal: world.stop.signal }
  try {
    if (kind === 'up') world.traits.set(services.store.nextRelease(app.name), release)
    if (kind === 'up')
      await deploy({ app, environment: 'production', images: [], replace: [] }, services, control)
    else await rollBack({ name: app.name, to: undefined }, services, control)
    return undefined
  } catch (error) {
    return error
  }
}

/** With nothing going wrong any more, one command makes everything whole, and the next deployment works. */
async function comeToRest(app: App, world: World, services: Services): Promise<void> {
  world.begin([])
  world.pass(120_000)
  const control = { emit: () => undefined, signal: world.stop.signal }
  await recoverApp(app.name, services, control).catch((error) => world.violate(`recovery failed: ${error}`))
  lookAtRest(app, world, services)
  await tell({ kind: 'up', release: healthy, faults: [] }, app, world, services)
  world.pass(10_000)
  lookAtRest(app, world, services)
  if (world.gateway.live === undefined) world.violate('no release is live after an up that nothing troubled')
}

/** The invariants that hold when nothing is under way. */
function lookAtRest(app: App, world: World, services: Services): void {
  const releases = services.store.releases(app.name)
  const inState = (...states: string[]) =>
    releases.filter(({ state }) => states.includes(state)).map(({ number }) => number)
  const live = inState('live')
  if (live.join() !== [world.gateway.live].join()) {
    world.violate(`the store has ${live.join(' and ') || 'nothing'} live, the gateway ${world.gateway.live}`)
  }
  if (services.store.unfinished(app.name).length > 0) world.violate('a deployment is still unfinished')
  lookForOrphans(world, inState('live', 'superseded'))
  lookAtRoles(world)
  lookAtForeignThings(world)
}

function lookForOrphans(world: World, returnable: readonly number[]): void {
  const standing = new Set([...world.containers.values()].flatMap((container) => releaseOf(container) ?? []))
  const orphans = [
    ...[...standing]
      .filter((release) => !returnable.includes(release))
      .map((release) => `release ${release}`),
    ...world.gateway.arms
      .filter(({ release }) => !standing.has(release))
      .map(({ release }) => `arm of ${release}`),
    ...[...world.images.keys()].filter((tag) => !returnable.includes(Number(/:r(\d+)$/.exec(tag)?.[1]))),
    ...[...world.networks].filter((name) => {
      const release = /-r(\d+)_default$/.exec(name)?.[1]
      return release !== undefined && !standing.has(Number(release))
    }),
  ]
  if (orphans.length > 0) world.violate(`left behind: ${orphans.join(', ')}`)
  if (standing.size > 2) world.violate(`releases ${[...standing].join(', ')} stand`)
}

function lookAtRoles(world: World): void {
  const { live } = world.gateway
  for (const role of ['worker', 'singleton']) {
    const running = world.with(role).filter((container) => container.running)
    const where = running.map(releaseOf).join()
    if (where !== (live === undefined ? '' : String(live))) {
      world.violate(`${role} runs in release ${where || 'none'}, live is ${live}`)
    }
  }
  for (const container of world.with('web')) {
    if (!container.running) world.violate(`${container.name} stands still`)
  }
}

function isHealthy({ release }: Command): boolean {
  return release.boots && release.buildWorks && release.releaseCommandWorks && release.errorRate === 0
}

/** Someone else's container in a project of a name that a release will have, and a volume. */
function placeForeignThings(world: World): void {
  const foreign = { project: 'shop-r2', key: 'cache', labels: {}, running: true, readyAt: 0 }
  world.containers.set('not-muelles', { id: 'foreign', name: 'not-muelles', ...foreign })
  world.volumes.add('shop_data').add('not-muelles')
}

function lookAtForeignThings(world: World): void {
  if (world.containers.get('not-muelles')?.running !== true) world.violate("someone else's container is gone")
  for (const volume of ['shop_data', 'not-muelles']) {
    if (!world.volumes.has(volume)) world.violate(`the volume ${volume} is gone`)
  }
  const backing = [...world.containers.values()].filter((each) => each.labels[labels.role] === 'backing')
  if (world.gateway.live !== undefined && backing.length !== 2) world.violate('a backing service is gone')
}
