import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MuelleError } from '../errors/muelle-error.ts'
import { type Clock, within } from './wait.ts'

/** Each sleep takes as long as it says, at once. */
function clock(): Clock {
  let now = 0
  return {
    now: () => now,
    sleep: async (ms) => {
      now += ms
    },
  }
}
const limit = (timeoutMs: number) => ({
  timeoutMs,
  everyMs: 1000,
  clock: clock(),
  signal: new AbortController().signal,
})
const away = () => new MuelleError('DOCKER_UNAVAILABLE', 'Docker does not answer.')

/** What is observed at each attempt; an error is thrown, and the last goes on. */
function script(...seen: readonly unknown[]) {
  let attempt = 0
  return async () => {
    const next = seen[Math.min(attempt++, seen.length - 1)]
    if (next instanceof Error) throw next
    return next
  }
}

test('an observation is repeated until there is one, or the time is over', async () => {
  assert.equal(await within(limit(5000), script(undefined, undefined, 'up')), 'up')
  assert.equal(await within(limit(5000), script(undefined)), undefined)
})

test('an engine that is restarted is waited for', async () => {
  assert.equal(await within(limit(60_000), script(away(), away(), away(), 'up')), 'up')
})

test('one that stays away ends the wait, and so does the time', async () => {
  const forLong = limit(60_000)
  await assert.rejects(within(forLong, script(away())), { code: 'DOCKER_UNAVAILABLE' })
  assert.equal(forLong.clock.now(), 15_000)
  await assert.rejects(within(limit(3000), script(undefined, away())), { code: 'DOCKER_UNAVAILABLE' })
})

test('any other failure ends it at once', async () => {
  const given = limit(60_000)
  await assert.rejects(within(given, script(new Error('a bug'), 'up')), /a bug/)
  assert.equal(given.clock.now(), 0)
})
