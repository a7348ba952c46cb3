import type { App } from '../../../src/app/app.ts'
import { labels, releaseProject } from '../../../src/release/names.ts'
import type { Store } from '../../../src/store/store.ts'
import { releaseOf, type World } from './world.ts'

/** The invariants that hold when nothing is under way. */
export function lookAtRest({ app, store, world }: { app: App; store: Store; world: World }): void {
  const releases = store.releases(app.name)
  const inState = (...states: string[]) =>
    releases.filter(({ state }) => states.includes(state)).map(({ number }) => number)
  const live = inState('live')
  if (live.join() !== [world.gateway.live].join()) {
    world.violate(`the store has ${live.join(' and ') || 'nothing'} live, the gateway ${world.gateway.live}`)
  }
  if (store.unfinished(app.name).length > 0) world.violate('a deployment is still unfinished')
  if (live.length > 0 && !world.gateway.isUp) world.violate('the gateway is down')
  lookForOrphans(world, inState('live', 'superseded'))
  lookAtRoles(world)
  lookAtReplicas(app, world)
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
    const where = [...new Set(running.map(releaseOf))].join()
    if (where !== (live === undefined ? '' : String(live))) {
      world.violate(`${role} runs in release ${where || 'none'}, live is ${live}`)
    }
  }
  for (const container of world.with('web')) {
    if (!container.running) world.violate(`${container.name} stands still`)
  }
}

/** As many replicas of the live release run as are on record for it, and the gateway reaches all that answer visitors. */
function lookAtReplicas({ name }: App, world: World): void {
  const { arms, live } = world.gateway
  if (live === undefined) return
  const model = world.files.get(`${releaseProject(name, live)}.json`) as App | undefined
  for (const { name: service, role, replicas } of model?.services ?? []) {
    if (role !== 'web' && role !== 'worker') continue
    const own = world.with(role).filter((each) => releaseOf(each) === live && each.running)
    if (own.length !== replicas) world.violate(`${own.length} of ${replicas} replicas of ${service} run`)
  }
  const reached = [...(arms.find(({ release }) => release === live)?.servers.keys() ?? [])]
  const servers = world.web(live).map((each) => each.name)
  if (reached.toSorted().join() !== servers.toSorted().join()) {
    world.violate(`the gateway reaches ${reached.join(' and ')} of ${servers.join(' and ')}`)
  }
}

/** Someone else's container in a project of a name that a release will have, and a volume. */
export function placeForeignThings(world: World): void {
  const foreign = { project: 'shop-r2', key: 'cache', labels: {}, running: true, startedAt: 0, readyAt: 0 }
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
  for (const { name } of backing.filter(({ running }) => !running)) world.violate(`${name} stands still`)
}
