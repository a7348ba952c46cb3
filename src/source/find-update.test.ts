import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { findUpdate, touches, type Wanted } from './find-update.ts'
import type { Mirror } from './mirror.ts'

const newest = 'b'.repeat(40)
const older = 'a'.repeat(40)

/** A branch with two commits, of which the newer one changed the docs. */
function mirror(): Mirror {
  return {
    fetch: async () => undefined,
    commit: async (wanted) => wanted ?? newest,
    trackedFiles: async () => new Set(),
    changes: async (from) =>
      older.startsWith(from) ? { files: ['docs/a.md'], subjects: ['bbbb More docs'] } : undefined,
    checkOut: async () => undefined,
  }
}

function find(wanted: Partial<Wanted>, paths?: string[]) {
  const settings = { repo: '/srv/shop.git', branch: 'main', ...(paths === undefined ? {} : { paths }) }
  const all = { settings, from: older.slice(0, 12), ref: undefined, again: false, ...wanted }
  return findUpdate(all, mirror(), new AbortController().signal)
}

describe('there is something to deploy', () => {
  test('when the newest commit is not the live one', async () => {
    assert.deepEqual(await find({}), { commit: newest, from: 'aaaaaaaaaaaa', subjects: ['bbbb More docs'] })
    assert.equal((await find({ from: newest.slice(0, 12) })).isNothing, 'same')
  })
  test('when the live one is of no commit, or of one that is no longer there', async () => {
    for (const from of [null, `${newest.slice(0, 12)}+`, 'cccccccccccc'])
      assert.equal((await find({ from }, ['docs/**'])).isNothing, undefined, String(from))
  })
  test('when it changes one of the files that count', async () => {
    assert.equal((await find({}, ['backend/**', 'docs/**'])).isNothing, undefined)
    assert.equal((await find({}, ['backend/**'])).isNothing, 'elsewhere')
    assert.equal(touches([], undefined), true)
  })
  test('whenever somebody says so', async () => {
    assert.equal((await find({ from: newest.slice(0, 12), again: true })).isNothing, undefined)
    assert.equal((await find({ ref: newest }, ['backend/**'])).isNothing, undefined)
  })
})
