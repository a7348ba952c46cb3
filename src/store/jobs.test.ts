import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { stopJob } from '../agent/queue/stop.ts'
import type { NewJob } from './jobs.ts'
import { openStore } from './store.ts'

const update = (app = 'shop'): NewJob => ({
  app,
  kind: 'update',
  request: {},
  cause: 'webhook',
  askedBy: 'x',
})
const rollback: NewJob = { ...update(), kind: 'rollback' }

describe('the queue', () => {
  test('keeps the newest of the updates that wait, and every other job', () => {
    const store = openStore(':memory:')
    for (const job of [update(), rollback, update(), update()]) store.enqueue(job)
    const states = store.jobs({ before: 100, limit: 10 }).map(({ id, state }) => [id, state])
    assert.deepEqual(states, [
      [4, 'waiting'],
      [3, 'superseded'],
      [2, 'waiting'],
      [1, 'superseded'],
    ])
  })

  test('gives one job of an app at a time, the oldest first, and lets other apps go on', () => {
    const store = openStore(':memory:')
    for (const job of [rollback, update(), update('other')]) store.enqueue(job)
    assert.deepEqual(
      store.startable().map(({ id }) => id),
      [1, 3],
    )
    const claim = store.giveJob(1)
    assert.deepEqual(
      store.startable().map(({ id }) => id),
      [3],
    )
    assert.ok(claim !== undefined && store.claimJob(claim, 'me'))
    assert.deepEqual(
      store.startable().map(({ id }) => id),
      [3],
    )
    store.endJob(claim, 'succeeded')
    assert.deepEqual(
      store.startable().map(({ id }) => id),
      [2, 3],
    )
  })

  test('lets a job that has its process already wait for those before it, of its app', () => {
    const store = openStore(':memory:')
    store.enqueue(rollback)
    const claim = store.giveJob(1)
    assert.ok(claim !== undefined)
    const command = (app = 'shop') => store.beginJob({ ...update(app), kind: 'up', cause: 'command' }).id
    const [own, other] = [command(), command('other')]
    assert.equal(store.jobAhead(own)?.id, 1)
    assert.equal(store.jobAhead(other), undefined)
    assert.equal(store.jobAhead(command())?.id, own)
    store.enqueue(update())
    assert.deepEqual(store.startable(), [])
    store.endJob(claim, 'succeeded')
    assert.equal(store.jobAhead(own), undefined)
  })

  test('ends a job that waits when somebody stops it, and tells one that runs', () => {
    const store = openStore(':memory:')
    store.enqueue(rollback)
    store.enqueue(update('other'))
    assert.ok(store.giveJob(1))
    for (const id of [1, 2]) stopJob(id, 'ada', store)
    assert.deepEqual(
      [store.job(1), store.job(2)].map((job) => [job?.state, job?.stopAskedBy, job?.error?.code]),
      [
        ['starting', 'ada', undefined],
        ['failed', 'ada', 'INTERRUPTED'],
      ],
    )
    assert.throws(() => stopJob(3, 'ada', store), { code: 'REQUEST_UNKNOWN' })
  })

  test('leaves a job to one of two processes that were started for it', () => {
    const store = openStore(':memory:')
    store.enqueue(update())
    const first = store.giveJob(1)
    assert.ok(first !== undefined)
    store.returnJob(first)
    const second = store.giveJob(1)
    assert.ok(second !== undefined)
    assert.deepEqual(
      [store.claimJob(first, 'late'), store.claimJob(second, 'right'), store.claimJob(second, 'again')],
      [false, true, false],
    )
    assert.equal(store.endJob(first, 'failed'), false)
    assert.equal(store.job(1)?.runner, 'right')
  })

  test('does not let an update that runs be superseded: the newer one waits', () => {
    const store = openStore(':memory:')
    store.enqueue(update())
    store.giveJob(1)
    store.enqueue(update())
    assert.deepEqual(
      store.jobs({ before: 100, limit: 10 }).map(({ state }) => state),
      ['waiting', 'starting'],
    )
  })

  test('forgets the oldest of what has ended', () => {
    const store = openStore(':memory:')
    for (let times = 0; times < 205; times++) store.enqueue(update())
    assert.deepEqual(store.forgetOldJobs(), [1, 2, 3, 4, 5])
  })
})

describe('a delivery', () => {
  const delivery = { app: 'shop', id: 'a', digest: 'd1', outcome: 'queued' }
  const head = (commit: string, app = 'shop') => ({ commit, job: update(app) })
  const ids = ['x', 'y', 'z'] as const

  test('is kept once, by its name and by its body', () => {
    const store = openStore(':memory:')
    assert.deepEqual(store.keepDelivery(delivery, head('x')), { isKnown: false, job: 1 })
    assert.deepEqual(store.keepDelivery({ ...delivery, digest: 'd2' }, head('y')), { isKnown: true, job: 1 })
    assert.deepEqual(store.keepDelivery({ ...delivery, id: 'b' }, head('z')), { isKnown: true, job: 1 })
    assert.equal(store.jobs({ before: 100, limit: 10 }).length, 1)
  })

  test('of a head that a look at the branch has found queues nothing, and the other way round', () => {
    const store = openStore(':memory:')
    store.queueBranchHead('shop', head('x'))
    assert.deepEqual(store.keepDelivery(delivery, head('x')), { isKnown: true, job: null })
    for (const id of ids) store.keepDelivery({ ...delivery, id, digest: id }, head(id))
    assert.equal(store.queueBranchHead('shop', head('z')).isKnown, true)
    assert.equal(store.queueBranchHead('shop', head('x')).isKnown, false)
  })

  test('of another app may have the same name', () => {
    const store = openStore(':memory:')
    store.keepDelivery(delivery, head('x'))
    assert.equal(store.keepDelivery({ ...delivery, app: 'other' }, head('x', 'other')).isKnown, false)
  })
})
