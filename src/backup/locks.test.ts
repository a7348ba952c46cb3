import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { advise, adviseTimeout, longerThan, readLocks } from './locks.ts'

const sample = (fields: object) =>
  JSON.stringify({
    session: '4/12',
    database: 'shop',
    table: 'item',
    rows: 2000,
    mode: 'AccessExclusiveLock',
    granted: true,
    at: 1_050,
    since: 1_000,
    statement: 'ALTER TABLE item\n  ALTER price TYPE text',
    ...fields,
  })

describe('what a watch has seen', () => {
  test('is a lock from the statement that took it to the last look at it', () => {
    const later = sample({ at: 9_000, since: 8_000, statement: 'UPDATE item SET price = 1' })
    const [lock, ...others] = readLocks(['Tue Nov 24 (every 0.05s)', '', sample({}), later])
    assert.deepEqual(others, [])
    assert.deepEqual(lock, {
      database: 'shop',
      table: 'item',
      rows: 2000,
      blocks: 'reading and writing',
      heldMs: 8_000,
      waitedMs: 0,
      statement: 'ALTER TABLE item ALTER price TYPE text',
    })
  })
  test('tells transactions, tables and what waits apart, the longest first', () => {
    const locks = readLocks([
      sample({}),
      sample({ session: '4/13', at: 2_000 }),
      sample({ table: 'sale', mode: 'ShareLock', at: 3_000 }),
    ])
    assert.deepEqual(
      locks.map(({ table, blocks, heldMs }) => [table, blocks, heldMs]),
      [
        ['sale', 'writing', 2_000],
        ['item', 'reading and writing', 1_000],
        ['item', 'reading and writing', 50],
      ],
    )
  })
  test('tells a wait apart from a lock', () => {
    const [lock] = readLocks([sample({ granted: false, at: 1_700 }), sample({ since: 1_000, at: 1_900 })])
    assert.deepEqual([lock?.waitedMs, lock?.heldMs], [700, 900])
  })
})

test('a lock is too long only on a table that has rows', () => {
  const locks = readLocks([sample({ at: 7_000 }), sample({ table: 'empty', rows: 0, at: 7_000 })])
  assert.deepEqual(
    longerThan(locks, 5_000).map(({ table }) => table),
    ['item'],
  )
  assert.deepEqual(longerThan(locks, 6_000), [])
})

test('what to write instead depends on the statement', () => {
  const of = (statement: string) => advise({ statement })
  assert.match(of('CREATE INDEX item_name ON item (name)'), /CONCURRENTLY/)
  assert.match(of('ALTER TABLE "item" ALTER COLUMN "price" TYPE text USING "price"::text'), /add a column/)
  assert.match(of('ALTER TABLE item ADD CONSTRAINT positive CHECK (price > 0)'), /NOT VALID/)
  assert.match(of('UPDATE item SET price = 1'), /batches/)
  assert.match(of('TRUNCATE item'), /transaction/)
  assert.equal(adviseTimeout([]), undefined)
  assert.match(adviseTimeout(readLocks([sample({})])) ?? '', /item.*lock_timeout/)
})
