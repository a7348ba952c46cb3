import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange } from './load/exchange.ts'
import { countRegressions, settledAfterMs, unseenSwitches } from './switches.ts'

const seen = (version: string, sentAtMs: number, receivedAtMs: number): Exchange => ({
  method: 'GET',
  path: '/',
  scheduledAtMs: sentAtMs,
  sentAtMs,
  receivedAtMs,
  reused: true,
  version,
})

const toTwo = [{ startedAtMs: 100, to: '2' }]

test('a clean switch has none', () => {
  const exchanges = [seen('1', 90, 95), seen('1', 110, 115), seen('2', 120, 125), seen('2', 130, 135)]
  assert.equal(countRegressions(exchanges, toTwo), 0)
})

test('an old answer counts when its request was sent after a new one had been received', () => {
  const exchanges = [seen('2', 110, 120), seen('1', 121, 125), seen('2', 130, 135), seen('1', 140, 145)]
  assert.equal(countRegressions(exchanges, toTwo), 2)
})

test('a slow old answer to a request that was sent before is none', () => {
  assert.equal(countRegressions([seen('2', 110, 120), seen('1', 119, 900)], toTwo), 0)
})

test('a rollback to the older version is a switch of its own', () => {
  const exchanges = [seen('2', 110, 115), seen('2', 205, 210), seen('1', 215, 220), seen('1', 225, 230)]
  assert.equal(countRegressions(exchanges, [...toTwo, { startedAtMs: 200, to: '1' }]), 0)
  assert.equal(
    countRegressions([...exchanges, seen('2', 240, 245)], [...toTwo, { startedAtMs: 200, to: '1' }]),
    1,
  )
})

test('an earlier sighting of the version that a rollback returns to does not start its window', () => {
  const exchanges = [seen('1', 80, 85), seen('2', 110, 115), seen('2', 205, 210), seen('1', 215, 220)]
  assert.equal(countRegressions(exchanges, [...toTwo, { startedAtMs: 200, to: '1' }]), 0)
})

test('a file of the gateway has no version, and a lost request is counted elsewhere', () => {
  const lost = { ...seen('', 140, 145), lost: 'status 502' }
  assert.equal(countRegressions([seen('2', 110, 120), seen('', 130, 135), lost], toTwo), 0)
})

test('a switch that no answer shows did not happen', () => {
  const exchanges = [seen('2', 110, 115), seen('1', 215, 220), seen('3', 320, 325)]
  const switches = ['2', '3', '4'].map((to, index) => ({ startedAtMs: (index + 1) * 100, to }))
  assert.deepEqual(unseenSwitches(exchanges, switches), ['3', '4'])
})

test('all traffic is on a version once the last other answer and the last loss are past', () => {
  const lost = { ...seen('', 140, 150), lost: 'ECONNREFUSED' }
  const exchanges = [seen('2', 110, 115), seen('1', 119, 130), seen('2', 120, 125), seen('2', 141, 151), lost]
  assert.deepEqual(settledAfterMs(exchanges, toTwo), [51])
  assert.deepEqual(settledAfterMs([seen('1', 110, 115)], toTwo), [Number.NaN])
})
