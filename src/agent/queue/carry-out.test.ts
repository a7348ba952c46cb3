import assert from 'node:assert/strict'
import { beforeEach, describe, mock, test } from 'node:test'
import { fakeEngine } from '../../../test/support/fake-ports.ts'
import type { Services } from '../../deploy/with-app.ts'
import type { ErrorCode } from '../../errors/catalogue.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { JobKind } from '../../store/jobs.ts'
import { openStore, type Store } from '../../store/store.ts'
import { carryOutJob } from './carry-out.ts'
import { retryAfterMs } from './retry.ts'
import type { Ending } from './transcript.ts'

const began = Date.parse('2027-03-01T12:00:00Z')
mock.timers.enable({ apis: ['Date'], now: began })
beforeEach(() => mock.timers.setTime(began))

const ignore = (): void => undefined

describe('a job that fails', () => {
  /** Gives the job that may start to this process, as a dispatcher gives it to another. */
  async function turn(store: Store, work: () => Promise<Ending>): Promise<void> {
    const [job] = store.startable()
    const claim = job === undefined ? undefined : store.giveJob(job.id)
    assert.ok(claim !== undefined, 'no job may start')
    const files = { readModel: async () => undefined, readLatest: async () => undefined }
    const services = { store, files, engine: fakeEngine(), clock: { now: () => 0 } } as unknown as Services
    const control = { signal: new AbortController().signal, emit: () => undefined }
    const transcript = { event: ignore, result: ignore, failure: ignore }
    await carryOutJob(claim, { services, control, transcript, work }).catch(() => undefined)
  }
  const failing = (code: ErrorCode) => async () => {
    throw new MuelleError(code, 'It is away.')
  }
  const withJob = (kind: JobKind = 'update'): Store => {
    const store = openStore(':memory:')
    store.enqueue({ app: 'shop', kind, request: {}, cause: 'webhook', askedBy: 'x' })
    return store
  }

  test('for a passing reason is tried again, ever later, and not before', async () => {
    const store = withJob()
    await turn(store, failing('SOURCE_UNREACHABLE'))
    const waiting = store.job(1)
    assert.deepEqual(
      [waiting?.state, waiting?.notBefore, waiting?.error?.code],
      ['waiting', '2027-03-01T12:00:30.000Z', 'SOURCE_UNREACHABLE'],
    )
    mock.timers.setTime(began + 29_999)
    assert.deepEqual(store.startable(), [])
    mock.timers.setTime(began + 30_000)
    await turn(store, failing('DOCKER_UNAVAILABLE'))
    assert.equal(store.job(1)?.notBefore, '2027-03-01T12:02:30.000Z')
    mock.timers.setTime(began + 150_000)
    await turn(store, async () => ({ text: 'done' }))
    const done = store.job(1)
    assert.deepEqual([done?.state, done?.attempt, done?.error], ['succeeded', 3, null])
  })

  test('for a passing reason each time has failed in the end', async () => {
    const store = withJob()
    for (let attempt = 1; attempt <= 5; attempt++) {
      await turn(store, failing('REPOSITORY_UNUSABLE'))
      mock.timers.setTime(began + attempt * 3_600_000)
    }
    assert.deepEqual([store.job(1)?.state, store.job(1)?.error?.code], ['failed', 'REPOSITORY_UNUSABLE'])
  })

  test('for its own reason has failed at once, and a job of the app is never tried twice', async () => {
    for (const [kind, code] of [
      ['update', 'BUILD_FAILED'],
      ['run', 'DOCKER_UNAVAILABLE'],
    ] as const) {
      const store = withJob(kind)
      await turn(store, failing(code))
      assert.equal(store.job(1)?.state, 'failed', kind)
    }
    assert.equal(retryAfterMs({ kind: 'run', attempt: 1 }, 'DOCKER_UNAVAILABLE'), undefined)
  })

  test('holds up no other job of its app, and gives way to a newer update', async () => {
    const store = withJob()
    await turn(store, failing('SOURCE_UNREACHABLE'))
    store.enqueue({ app: 'shop', kind: 'rollback', request: {}, cause: 'api', askedBy: 'x' })
    store.enqueue({ app: 'shop', kind: 'update', request: {}, cause: 'webhook', askedBy: 'x' })
    assert.equal(store.job(1)?.state, 'superseded')
    assert.deepEqual(
      store.startable().map(({ kind }) => kind),
      ['rollback'],
    )
  })

  test('and was begun anew is not taken for one whose deployment has failed when that process dies', async () => {
    const store = withJob()
    const deployment = { app: 'shop', kind: 'up', from: undefined, to: 1, plan: [], runner: 'me' } as const
    const own = openStore(':memory:', 1)
    await turn(store, failing('DOCKER_UNAVAILABLE'))
    assert.equal(own.beginDeployment(deployment), 1)
    own.endDeployment(1, 'failed')
    const since = (state: 'running' | 'starting', startedAt: string) =>
      own.outcomesOf({ id: 1, state, startedAt }, 'up')
    mock.timers.setTime(began + 30_000)
    assert.deepEqual(since('running', new Date(began).toISOString()), ['failed'])
    assert.deepEqual(since('running', new Date(began + 30_000).toISOString()), [])
    assert.deepEqual(since('starting', new Date(began).toISOString()), [])
  })
})
