import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readVisit } from './visits.ts'

const line = (fields: object) =>
  JSON.stringify({ app: 'shop', release: '12', status: 200, duration: 0.25, ...fields })

test('a line of the access log is a visit to a release', () => {
  assert.deepEqual(readVisit(line({}), 'shop'), [{ release: 12, status: 200, durationMs: 250 }])
})

test('other apps, files that the gateway serves itself, errors and broken lines are none', () => {
  const others = [
    line({ app: 'blog' }),
    line({ release: '' }),
    '2026/11/22 03:00:00 [warn] 7#7: x',
    line({}).slice(0, 20),
  ]
  for (const other of others) assert.deepEqual(readVisit(other, 'shop'), [])
})
