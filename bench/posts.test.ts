import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange } from './load/exchange.ts'
import { checkPosts } from './posts.ts'

const post = (code: string, id?: number): Exchange => ({
  method: 'POST',
  path: '/api/verifications/',
  scheduledAtMs: 0,
  sentAtMs: 0,
  receivedAtMs: 1,
  reused: true,
  version: '1',
  code,
  ...(id === undefined ? { lost: 'ECONNRESET' } : { id }),
})

test('what clients were told is in the database, and rows of others do not matter', () => {
  const rows = [
    { id: 1, code: 'LOAD-9-0' },
    { id: 2, code: 'LOAD-9-1' },
    { id: 3, code: 'abc' },
  ]
  const exchanges = [post('load-9-0', 1), post('load-9-1', 2)]
  assert.deepEqual(checkPosts(exchanges, rows), { answered: 2, missing: 0, doubled: 0 })
})

test('a row that is not there, or is of another code, is missing', () => {
  const rows = [{ id: 2, code: 'load-9-7' }]
  assert.equal(checkPosts([post('load-9-0', 1), post('load-9-1', 2)], rows).missing, 2)
})

test('a POST that was stored twice is doubled, even when its client got no answer', () => {
  const rows = [
    { id: 1, code: 'load-9-0' },
    { id: 2, code: 'load-9-0' },
  ]
  assert.deepEqual(checkPosts([post('load-9-0')], rows), { answered: 0, missing: 0, doubled: 1 })
})
