import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readChecked, readInfo, withoutExpiry } from './redis-text.ts'

test('keys are counted the same by a server and in a file, without those that may go', () => {
  const info = readInfo(
    '# Keyspace\r\ndb0:keys=3,expires=1,avg_ttl=9\r\ndb3:keys=1,expires=0,avg_ttl=0\r\naof_enabled:1\r\n',
  )
  assert.equal(info['aof_enabled'], '1')
  const text =
    '[offset 211] \\o/ RDB looks OK! \\o/\n[info] 4 keys read\n[info] 1 expires\n[info] 0 already expired\n'
  assert.deepEqual(withoutExpiry(info), { 'keys without expiry': 3 })
  assert.deepEqual(readChecked(text), { 'keys without expiry': 3 })
})

test('a file that breaks off is none', () => {
  assert.throws(() => readChecked('[offset 0] Checking RDB file x\n'), /did not tell all/)
})
