import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { describeRollback } from './rollback.ts'

describe('who went back reads', () => {
  test('that updates are paused, and how they go on', () => {
    const told = describeRollback('shop', 'shop is back on release 1 after 1 s', undefined)
    assert.match(
      told,
      /^shop is back on release 1 after 1 s\.\nUpdates are paused.* muelle updates resume shop$/,
    )
  })
  test('and where the data is that was put aside', () => {
    const told = describeRollback('shop', 'shop is back on release 1 after 1 s', '20261130-120000')
    assert.match(told, /with the data of 20261130-120000\..*muelle backup confirm --app shop\n/)
  })
})
