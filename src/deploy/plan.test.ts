import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { built, composeFile, published, shop } from '../../test/support/app.ts'
import { anyFile } from '../../test/support/arbitrary-file.ts'
import { readApp } from '../app/read-app.ts'
import type { Observed } from './observed.ts'
import { planPromote, planRollback, planRollbackWithData, planUp } from './plan.ts'
import type { Step } from './step.ts'

const nothing: Observed = { live: undefined, standing: [], kept: [] }
const standing = (number: number) => ({ number, webs: 2, workers: ['worker'], singletons: ['beat'] })
/** Release 4 is live and 3 is warm, as after a few deployments. */
const settled: Observed = {
  live: 4,
  standing: [{ ...standing(3), workers: [], singletons: [] }, standing(4)],
  kept: [4, 3, 2, 1],
}

const up = (observed: Observed, settings: Record<string, unknown> = {}) =>
  planUp({ app: shop(settings), release: 5, images: ['postgres:15'] }, observed)
const kinds = (steps: readonly Step[]) => steps.map(({ kind }) => kind)
const find = <K extends Step['kind']>(steps: readonly Step[], kind: K) =>
  steps.find((step): step is Extract<Step, { kind: K }> => step.kind === kind)

describe('the first deployment', () => {
  test('has every step from images to live, in this order', () => {
    assert.deepEqual(kinds(up(nothing, { release: ['migrate'] })), [
      'images',
      'build',
      'record',
      'backing',
      'create',
      'command',
      'start',
      'steady',
      'stage',
      'ready',
      'switch',
      'start',
      'steady',
      'activate',
    ])
  })
  test('starts the singleton last, after the switch', () => {
    const starts = up(nothing).filter((step) => step.kind === 'start')
    assert.deepEqual(starts, [
      { kind: 'start', release: 5, services: ['web', 'worker'] },
      { kind: 'start', release: 5, services: ['beat'] },
    ])
  })
  test('builds nothing when the file builds nothing', () => {
    const file = composeFile({ web: { image: 'example/blog:1', ports: published } })
    const steps = planUp({ app: readApp(file, '/srv/blog'), release: 1, images: [] }, nothing)
    assert.ok(!kinds(steps).includes('build'))
  })
})

describe('the data before the release commands', () => {
  const point = '20261124-030000'
  const steps = (settings: object, more: object = {}) =>
    planUp(
      {
        app: shop({ release: ['migrate'], backups: {}, ...settings }),
        release: 5,
        images: [],
        precaution: { point, isThere: false },
        ...more,
      },
      settled,
    )
  const first = (all: readonly Step[], count: number) => kinds(all.slice(3, 3 + count))

  test('is in a proven restore point before a container is made, and old ones go at the end', () => {
    assert.deepEqual(first(steps({}), 7), ['backing', 'begin', 'dump', 'keep', 'prove', 'create', 'command'])
    assert.equal(steps({}).at(-1)?.kind, 'forget')
  })
  test('is rehearsed on the copy that was loaded for the proof', () => {
    const all = steps({ backups: { rehearse: true, max_lock: '2s' } })
    assert.deepEqual(first(all, 6), ['backing', 'begin', 'dump', 'keep', 'prove', 'rehearse'])
    assert.equal(find(all, 'prove')?.rehearses, true)
    const { commands, maxLockMs } = find(all, 'rehearse') ?? {}
    assert.deepEqual({ commands, maxLockMs }, { commands: ['migrate'], maxLockMs: 2000 })
  })
  test('may be in one that is there', () => {
    const precaution = { point, isThere: true }
    assert.deepEqual(first(steps({}, { precaution }), 3), ['backing', 'reuse', 'create'])
    const rehearsed = steps({ backups: { rehearse: true } }, { precaution })
    assert.deepEqual(first(rehearsed, 5), ['backing', 'reuse', 'prove', 'rehearse', 'create'])
  })
  test('is that of the database that is about to be replaced', () => {
    const all = steps({}, { replacesDatabase: true })
    assert.deepEqual(first(all, 6), ['begin', 'dump', 'keep', 'prove', 'backing', 'create'])
  })
  test('is promised back right before the first command, where the file says so', () => {
    const all = kinds(steps({ on_failure: 'restore' }))
    assert.ok(
      all.indexOf('promise') > all.indexOf('prove') && all.indexOf('promise') < all.indexOf('command'),
    )
  })
})

describe('the next deployment', () => {
  const steps = up(settled)

  test('trims the build cache last, when a person said to what size and something was built', () => {
    const target = { app: shop(), release: 5, images: [] }
    assert.ok(!kinds(planUp(target, settled)).includes('cache'))
    const trimmed = planUp({ ...target, buildCacheBytes: 7 }, settled)
    assert.deepEqual(trimmed.at(-1), { kind: 'cache', keepBytes: 7 })
    const file = composeFile({ web: { image: 'example/blog:1', ports: published } })
    const ready = { ...target, app: readApp(file, '/srv/blog'), buildCacheBytes: 7 }
    assert.ok(!kinds(planUp(ready, nothing)).includes('cache'))
  })
  test('lets the warm release go before its own replicas start, when there is no memory for all', () => {
    const tight = planUp({ app: shop(), release: 5, images: [], retireFirst: [3] }, settled)
    const retired = tight.findIndex(({ kind }) => kind === 'retire')
    assert.deepEqual(tight[retired], { kind: 'retire', releases: [3] })
    assert.equal(tight[retired + 1]?.kind, 'start')
    assert.equal(tight.filter(({ kind }) => kind === 'retire').length, 1)
  })

  test('shows both releases to the gateway before it switches from one to the other', () => {
    assert.deepEqual(find(steps, 'stage')?.reach.arms, [4, 5])
    assert.equal(find(steps, 'switch')?.from, 4)
  })
  test('hands over after the switch: old workers go, as the new ones run; singletons old before new', () => {
    assert.deepEqual(find(steps, 'start')?.services, ['web', 'worker'])
    assert.deepEqual(steps.slice(kinds(steps).indexOf('switch') + 1).slice(0, 5), [
      { kind: 'stop', release: 4, services: ['worker'] },
      { kind: 'stop', release: 4, services: ['beat'] },
      { kind: 'start', release: 5, services: ['beat'] },
      { kind: 'steady', release: 5, services: ['beat'], timeoutMs: 60_000 },
      { kind: 'activate', release: 5 },
    ])
  })
  test('has new workers that go on running before the old ones stop, by any strategy', () => {
    for (const strategy of ['blue-green', 'rolling', 'canary']) {
      const changes = up(settled, { strategy }).filter(
        (step) => (step.kind === 'stop' || step.kind === 'steady') && step.services.includes('worker'),
      )
      assert.deepEqual(kinds(changes), ['steady', 'stop'], strategy)
    }
  })
  test('keeps the release before it warm and retires the one before that', () => {
    assert.deepEqual(find(steps, 'retire')?.releases, [3])
  })
  test('waits for every replica for as long as the file says', () => {
    const { replicas, timeoutMs } = find(up(settled, { deploy_timeout: '3m' }), 'ready') ?? {}
    assert.deepEqual({ replicas, timeoutMs }, { replicas: 2, timeoutMs: 180_000 })
  })
  test('forgets what is beyond the number of releases to keep', () => {
    assert.equal(find(up(settled, { keep_releases: 5 }), 'prune'), undefined)
    assert.deepEqual(find(up(settled, { keep_releases: 3 }), 'prune')?.releases, [2, 1])
  })
  test('keeps as many when no release is live, and so none is warm', () => {
    const stopped = { live: undefined, standing: [], kept: [4, 3, 2] }
    assert.deepEqual(find(up(stopped, { keep_releases: 3 }), 'prune')?.releases, [2])
  })
  test('clears away what a failed deployment left standing', () => {
    const leftover = { ...settled, standing: [...settled.standing, standing(2)] }
    assert.deepEqual(find(up(leftover), 'retire')?.releases, [3, 2])
  })
})

describe('a promotion', () => {
  const settings = { release: ['migrate'], test: ['pytest'], strategy: 'canary', watch: '30s' }
  const source = { app: 'shop-staging', release: 9 }
  const target = { app: shop(settings), release: 5, images: ['postgres:15'] }
  const steps = planPromote({ ...target, source }, settled)

  test('takes the images of the other environment where a deployment builds and tests its own', () => {
    const own = ['build', 'record', 'test']
    const [images, ...rest] = planUp(target, settled)
    const copy: Step = { kind: 'copy', release: 5, from: 9, app: 'shop-staging' }
    assert.deepEqual(steps, [images, copy, ...rest.filter(({ kind }) => !own.includes(kind))])
  })
  test('has the release commands, the strategy and the watch of its own environment', () => {
    for (const kind of ['backing', 'command', 'judge', 'watch'] as const)
      assert.ok(kinds(steps).includes(kind), kind)
  })
})

describe('a rollback', () => {
  test('to a warm release starts no web container', () => {
    const steps = planRollback(shop(), 3, settled)
    assert.equal(steps[0]?.kind, 'stage')
    assert.ok(!steps.some((step) => step.kind === 'start' && step.services.includes('web')))
  })
  test('to a warm release starts its workers, after the switch, and before the others stop', () => {
    const steps = planRollback(shop(), 3, settled)
    assert.deepEqual(steps.slice(kinds(steps).indexOf('switch') + 1).slice(0, 2), [
      { kind: 'start', release: 3, services: ['worker'] },
      { kind: 'stop', release: 4, services: ['worker'] },
    ])
  })
  test('to a warm release starts its workers also when no other release is live', () => {
    const steps = planRollback(shop(), 3, { ...settled, live: undefined })
    assert.ok(steps.some((step) => step.kind === 'start' && step.services.includes('worker')))
  })
  test('to a release that is only kept starts it anew, workers included, and once', () => {
    const steps = planRollback(shop(), 2, settled)
    assert.equal(steps.filter((step) => step.kind === 'start' && step.services.includes('worker')).length, 1)
    assert.deepEqual(steps.slice(0, 2), [
      { kind: 'create', release: 2, services: ['web', 'worker', 'beat'] },
      { kind: 'start', release: 2, services: ['web', 'worker'] },
    ])
    assert.deepEqual(find(steps, 'retire')?.releases, [3])
  })
  test('neither builds nor runs release commands nor touches backing services', () => {
    const steps = kinds(planRollback(shop({ release: ['migrate'] }), 2, settled))
    for (const kind of ['images', 'build', 'record', 'backing', 'command'] as const)
      assert.ok(!steps.includes(kind))
  })
})

/** Any state that a machine can be found in, even after crashes. */
const anyObserved: fc.Arbitrary<Observed> = fc
  .record({
    standing: fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 5 }),
    kept: fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 8 }),
    live: fc.nat(4),
    roles: fc.record({ workers: fc.subarray(['worker']), singletons: fc.subarray(['beat']) }),
  })
  .map(({ standing, kept, live, roles }) => ({
    live: standing[live],
    standing: standing.map((number) => ({ number, webs: 2, ...roles })),
    kept: kept.toSorted((a, b) => b - a),
  }))

/** The rules that hold for every plan that ends with `release` live. */
function checkPlan(steps: readonly Step[], release: number, { live }: Observed): void {
  const order = (kind: Step['kind']): number => kinds(steps).indexOf(kind)
  assert.ok(order('stage') < order('switch') && order('ready') < order('switch'))
  assert.ok(order('switch') < order('activate'))
  assert.equal(kinds(steps).filter((kind) => kind === 'switch').length, 1)
  for (const step of steps) {
    if (step.kind === 'retire' || step.kind === 'prune') {
      assert.ok(steps.indexOf(step) > order('activate'))
      assert.ok(!step.releases.includes(release))
      // A release that was shrunk to nothing is no way back that would be worth keeping.
      const isShrunk = kinds(steps).includes('shrink') && step.kind === 'retire'
      assert.ok(isShrunk || !step.releases.includes(live ?? release))
    }
    if (step.kind === 'stop') assert.ok(steps.indexOf(step) > order('switch') && step.release !== release)
  }
  assert.ok(beatStartsAfterItsStop(steps))
}

function beatStartsAfterItsStop(steps: readonly Step[]): boolean {
  const start = steps.findIndex((step) => step.kind === 'start' && step.services.includes('beat'))
  const stop = steps.findIndex((step) => step.kind === 'stop' && step.services.includes('beat'))
  return start === -1 || stop === -1 || stop < start
}

test('every deployment keeps the rules, by whatever strategy, whatever is found', () => {
  const anyStrategy = fc.constantFrom('blue-green' as const, 'rolling' as const, 'canary' as const)
  fc.assert(
    fc.property(anyFile, anyObserved, anyStrategy, (file, observed, strategy) => {
      const read = readApp(file, '/srv/shop')
      const app = { ...read, settings: { ...read.settings, strategy } }
      checkPlan(planUp({ app, release: 21, images: [] }, observed), 21, observed)
    }),
  )
})

test('every rollback keeps the rules, whatever is found', () => {
  fc.assert(
    fc.property(anyFile, anyObserved, fc.integer({ min: 1, max: 20 }), (file, observed, release) => {
      fc.pre(release !== observed.live)
      checkPlan(planRollback(readApp(file, '/srv/shop'), release, observed), release, observed)
    }),
  )
})

test('planning changes nothing that it is given', () => {
  const observed = structuredClone(settled)
  const app = shop()
  planUp({ app, release: 5, images: [] }, observed)
  assert.deepEqual(observed, settled)
  assert.deepEqual(app, shop())
})

test('a file of one built service needs neither hand-over nor prune', () => {
  const app = readApp(composeFile({ web: { ...built, ports: published } }), '/srv/shop')
  const steps = planUp(
    { app, release: 2, images: [] },
    { live: 1, standing: [{ number: 1, webs: 1, workers: [], singletons: [] }], kept: [1] },
  )
  assert.deepEqual(kinds(steps).slice(-2), ['switch', 'activate'])
})

test('a rollback with data starts nothing of either release between the stop and the swap', () => {
  const live = {
    release: 4,
    services: ['web', 'worker', 'beat'],
    replicas: 2,
    timeoutMs: 1000,
    arms: [3, 4],
    isInMaintenance: false,
  }
  const data = { point: 'p', at: 'a', image: 'restic', live }
  const steps = planRollbackWithData(shop(), 3, settled, data)
  const order = kinds(steps)
  assert.deepEqual(order.slice(0, 8), [
    'images',
    'fetch',
    'maintenance',
    'load',
    'media',
    'stop',
    'swap',
    'stage',
  ])
  assert.ok(order.indexOf('switch') < order.lastIndexOf('maintenance'))
  assert.ok(order.lastIndexOf('maintenance') < order.indexOf('activate'))
  // What stopped for it is not started to be stopped again, and does not stay warm on data that is not its own.
  assert.equal(steps.filter((step) => step.kind === 'stop').length, 1)
  assert.deepEqual(find(steps, 'retire')?.releases, [4])
})
