import assert from 'node:assert/strict'
import { test } from 'node:test'
import { busyMsOf, takenOf } from './usage.ts'

test('processor time is told by both versions of control groups', () => {
  assert.equal(busyMsOf('usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\n'), 1500)
  assert.equal(busyMsOf('1205637795\n'), 1205.637795)
  assert.equal(busyMsOf(''), Number.NaN)
})

test('memory is told by both, without the files that nobody reads any more', () => {
  assert.equal(takenOf('anon 4096\nfile 8192\nshmem 1\ninactive_file 2048\n'), 10_240)
  const first =
    'cache 1\nrss 1\ninactive_file 1\ntotal_cache 8192\ntotal_rss 4096\ntotal_inactive_file 2048\n'
  assert.equal(takenOf(first), 10_240)
  assert.equal(takenOf(''), undefined)
})
