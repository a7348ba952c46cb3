import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { shop, shopFile } from '../../../test/support/app.ts'
import { readApp } from '../../app/read-app.ts'
import type { Step } from '../step.ts'
import { canary } from './canary.ts'
import { rolling } from './rolling.ts'

interface Update {
  parallelism?: number
  delay?: string
  order?: string
  monitor?: string
  max_failure_ratio?: number
}

function shopWith(replicas: number, update: Update) {
  const file = shopFile({})
  const web = { ...file.services['web'], deploy: { replicas, update_config: update } }
  return readApp(
    { ...file, services: { ...file.services, web: { ...web, 'x-muelle': { port: 8000 } } } },
    '/srv/shop',
  )
}

const old = (webs: number) => ({ number: 4, webs, workers: [], singletons: [] })
const roll = (replicas: number, webs: number, update: Update = {}): Step[] =>
  rolling({ app: shopWith(replicas, update), release: 5, old: old(webs) }, old(webs))

/** How many web replicas run after each step, and which the gateway reaches. */
function follow(steps: readonly Step[], webs: number) {
  let running = { old: webs, new: 0 }
  let reach: Readonly<Record<number, number>> = { 4: webs }
  return steps.map((step) => {
    if (step.kind === 'shrink') {
      assert.equal(step.from, running.old)
      running = { ...running, old: step.to }
    }
    if (step.kind === 'grow') {
      assert.equal(step.from, running.new)
      running = { ...running, new: step.to }
    }
    if (step.kind === 'stage' || step.kind === 'shrink') reach = step.reach.replicas ?? {}
    return { kind: step.kind, running, reach }
  })
}

describe('rolling', () => {
  test('goes replica by replica, and gives each its part of the traffic', () => {
    const steps = roll(3, 3)
    const shares = steps.flatMap((step) => (step.kind === 'stage' ? (step.reach.share?.percent ?? 0) : []))
    assert.deepEqual(shares, [25, 50, 75])
    assert.deepEqual(
      steps.flatMap((step) => (step.kind === 'grow' ? step.to : [])),
      [1, 2, 3],
    )
  })
  test('waits between its parts as long as the file says', () => {
    assert.deepEqual(
      roll(3, 3, { delay: '1m30s' }).filter(({ kind }) => kind === 'pause'),
      [
        { kind: 'pause', forMs: 90_000 },
        { kind: 'pause', forMs: 90_000 },
      ],
    )
  })
  test('watches what has started so far before old replicas stop, and counts it as part of the pause', () => {
    const steps = roll(3, 3, { monitor: '10s', delay: '12s', max_failure_ratio: 0.34 })
    const kinds = steps.map(({ kind }) => kind)
    assert.deepEqual(kinds.slice(0, 6), ['grow', 'ready', 'stage', 'monitor', 'shrink', 'pause'])
    assert.deepEqual(
      steps.filter(({ kind }) => kind === 'monitor'),
      [1, 2, 3].map((replicas) => ({ kind: 'monitor', release: 5, replicas, forMs: 10_000, tolerated: 1 })),
    )
    assert.deepEqual(
      steps.filter(({ kind }) => kind === 'pause'),
      Array(2).fill({ kind: 'pause', forMs: 2000 }),
    )
    assert.ok(kinds.lastIndexOf('monitor') < kinds.indexOf('switch'))
  })
  test('watches nobody when the file does not ask for it', () => {
    assert.ok(!roll(3, 3, { max_failure_ratio: 0.5 }).some(({ kind }) => kind === 'monitor'))
  })
  const anyCase = fc.record({
    replicas: fc.integer({ min: 1, max: 8 }),
    webs: fc.integer({ min: 1, max: 8 }),
    parallelism: fc.integer({ min: 0, max: 9 }),
    order: fc.constantFrom('start-first', 'stop-first'),
  })
  test('never reaches a replica that does not run, and is never without one', () => {
    fc.assert(
      fc.property(anyCase, ({ replicas, webs, parallelism, order }) => {
        for (const { running, reach } of follow(roll(replicas, webs, { parallelism, order }), webs)) {
          assert.ok((reach[4] ?? 0) <= running.old && (reach[5] ?? 0) <= running.new)
          assert.ok((reach[4] ?? 0) + (reach[5] ?? 0) > 0)
        }
      }),
    )
  })
  test('ends with all new replicas and no old one', () => {
    fc.assert(
      fc.property(anyCase, ({ replicas, webs, parallelism, order }) => {
        const last = follow(roll(replicas, webs, { parallelism, order }), webs).at(-1)
        assert.deepEqual(last?.running, { old: 0, new: replicas })
        assert.deepEqual(last?.reach, { 5: replicas })
      }),
    )
  })
  test('needs no more memory than the release and as many replicas as start at once', () => {
    fc.assert(
      fc.property(anyCase, ({ replicas, parallelism, order }) => {
        const most = Math.max(
          ...follow(roll(replicas, replicas, { parallelism, order }), replicas).map(
            ({ running }) => running.old + running.new,
          ),
        )
        assert.ok(most <= replicas + (parallelism === 0 ? replicas : parallelism))
      }),
    )
  })
  test('stops old ones first when the file says so, but never the last', () => {
    const kinds = (steps: readonly Step[]) => steps.map(({ kind }) => kind)
    assert.equal(kinds(roll(2, 2, { order: 'stop-first' }))[0], 'shrink')
    assert.equal(kinds(roll(1, 1, { order: 'stop-first' }))[0], 'grow')
  })
})

describe('a canary', () => {
  const app = shop({ strategy: 'canary', canary: { steps: [5, 50], minimum: '1m' } })
  const steps = canary({ app, release: 5, old: old(2) }, old(2))

  test('judges each share before the next, and the last before the switch', () => {
    const told = steps.map((step) =>
      step.kind === 'stage' ? (step.reach.share?.percent ?? 'no share') : step.kind,
    )
    assert.deepEqual(told, ['no share', 'ready', 5, 'judge', 50, 'judge', 'switch', 'no share'])
  })
  test('each share is taken back to the one before', () => {
    const before = steps.flatMap((step) => (step.kind === 'stage' ? [step.before.share?.percent] : []))
    assert.deepEqual(before, [undefined, undefined, 5, 50])
  })
})
