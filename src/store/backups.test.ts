import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openStore } from './store.ts'

test('restore points are those of one app, the newest first, and outlive it', () => {
  const store = openStore(':memory:')
  store.beginBackup('shop', '20261123-030000', '2026-11-23T03:00:00.000Z')
  store.beginBackup('shop', '20261124-030000', '2026-11-24T03:00:00.000Z')
  store.beginBackup('blog', '20261124-030000', '2026-11-24T03:00:00.000Z')
  store.changeBackup('shop', '20261124-030000', { state: 'proven', sizeBytes: 7, restoreMs: 20 })
  store.beginBackup('shop', '20261124-030000', '2026-01-01T00:00:00.000Z')
  store.forgetApp('shop')
  assert.partialDeepStrictEqual(store.backups('shop'), [
    { point: '20261124-030000', state: 'proven', sizeBytes: 7, restoreMs: 20, durationMs: null },
    { point: '20261123-030000', state: 'running', sizeBytes: null },
  ])
  store.forgetBackup('shop', '20261124-030000')
  assert.equal(store.backups('shop').length, 1)
  assert.equal(store.backups('blog')[0]?.state, 'running')
})

test('databases that a restore has put aside are kept until somebody is sure', () => {
  const store = openStore(':memory:')
  const kept = { service: 'db', name: 'shop_before', original: 'shop', since: '2026-11-24T03:00:00.000Z' }
  store.keepDatabase('shop', kept)
  store.keepDatabase('shop', kept)
  assert.deepEqual({ ...store.keptDatabases('shop')[0] }, kept)
  assert.equal(store.keptDatabases('shop').length, 1)
  store.forgetDatabase('shop', 'db', 'shop_before')
  assert.deepEqual(store.keptDatabases('shop'), [])
})
