import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { firstAfter, noneBefore } from './roll-back.ts'

const release = (number: number, more: Partial<Parameters<typeof firstAfter>[1][number]> = {}) => ({
  number,
  state: 'superseded' as const,
  touchedData: true,
  restorePoint: `before-${number}`,
  ...more,
})
const pointOf = (number: number, releases: Parameters<typeof firstAfter>[1]) =>
  firstAfter(number, releases)?.restorePoint

test('the data of a release is what there was before the next one that changed it', () => {
  assert.equal(pointOf(3, [release(6), release(5), release(4), release(3)]), 'before-4')
  assert.equal(pointOf(3, [release(6), release(5), release(4, { touchedData: false })]), 'before-5')
})
test('a release that failed served nobody: visitors went on writing after its point', () => {
  const failed = { state: 'failed', restorePoint: null } as const
  assert.equal(
    pointOf(3, [release(6, { state: 'live' }), release(5, failed), release(4, failed)]),
    'before-6',
  )
})
test('there is none where the next one was let go without', () => {
  assert.equal(pointOf(3, [release(5), release(4, { restorePoint: null })]), null)
})

describe('who wants to go back once more', () => {
  test('is told of the newer release that is kept', () => {
    const error = noneBefore('shop', { kept: [4, 3, 2], live: 2 })
    assert.match(error.hint ?? '', /Release 4 is kept.* muelle rollback 4 --app shop$/)
  })
  test('is sent to the list when no other is kept', () => {
    assert.match(noneBefore('shop', { kept: [2], live: 2 }).hint ?? '', /muelle releases --app shop/)
    assert.match(noneBefore('shop', { kept: [], live: undefined }).hint ?? '', /muelle releases/)
  })
})
