import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ErrorCode } from '../errors/catalogue.ts'
import type { DeploymentEvent } from '../events/events.ts'
import { openStore } from '../store/store.ts'
import { refuseWhilePaused, watchForPause } from './updates.ts'

function world() {
  const store = openStore(':memory:')
  const events: DeploymentEvent[] = []
  const emit = watchForPause((event) => events.push(event), { app: 'shop', release: 5, store })
  const fail = (code: ErrorCode): void => {
    emit({ type: 'step-failed', index: 0, title: 'x', error: { code, message: 'It broke.', log: [] } })
  }
  return { store, events, emit, fail }
}

describe('updates pause', () => {
  for (const code of ['RELEASE_FAULTY', 'UNHEALTHY', 'NOT_READY', 'RELEASE_COMMAND_FAILED'] as const) {
    test(`when a release fails with ${code}`, () => {
      const { store, fail } = world()
      fail(code)
      assert.equal(store.updatesPause('shop')?.reason, 'release 5 was taken back: It broke.')
      assert.throws(() => refuseWhilePaused('shop', store), {
        code: 'UPDATES_PAUSED',
        message: /^Updates of shop are paused since .*: release 5 was taken back: It broke\.$/,
        hint: /muelle updates resume shop/,
      })
    })
  }
  for (const code of [
    'BUILD_FAILED',
    'TEST_FAILED',
    'DISK_FULL',
    'INTERRUPTED',
    'BACKING_CHANGED',
  ] as const) {
    test(`not for ${code}: the release did nothing wrong yet`, () => {
      const { store, fail } = world()
      fail(code)
      refuseWhilePaused('shop', store)
    })
  }
})

test('a release that gets live ends a pause, unless a person wanted it', () => {
  const { store, emit, fail } = world()
  fail('UNHEALTHY')
  emit({ type: 'live', release: 5 })
  refuseWhilePaused('shop', store)
  store.pauseUpdates('shop', { reason: 'sale', byHand: true })
  emit({ type: 'live', release: 5 })
  assert.throws(() => refuseWhilePaused('shop', store), { code: 'UPDATES_PAUSED' })
})

test('every event is passed on', () => {
  const { events, emit, fail } = world()
  fail('UNHEALTHY')
  emit({ type: 'note', message: 'x' })
  emit({ type: 'live', release: 5 })
  assert.deepEqual(
    events.map(({ type }) => type),
    ['step-failed', 'note', 'live'],
  )
})
