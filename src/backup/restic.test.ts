import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  backupArguments,
  progressOf,
  readSnapshots,
  readSummary,
  restoreArguments,
  retentionArguments,
  tagsOf,
} from './restic.ts'

describe('restic is asked', () => {
  test('to keep a restore point under tags of its app', () => {
    const argv = backupArguments('shop', { point: '20261124-182005', limit: 500, excluded: [] })
    assert.deepEqual(argv.slice(0, 6), [
      'backup',
      '--json',
      '--host',
      'shop',
      '--tag',
      tagsOf('shop', '20261124-182005'),
    ])
    assert.ok(argv.join(' ').endsWith('--limit-upload 500 -- /restore-point'))
  })
  test('for what is in a folder of it, with options ended before the path', () => {
    const argv = restoreArguments(
      { tags: 'muelle,app=shop,point=p' },
      { path: '/restore-point/media/-x', to: '/to' },
    )
    assert.deepEqual(argv.slice(-2), ['--', 'latest:/restore-point/media/-x'])
  })
  test('to forget proven restore points of this app alone, and never the last', () => {
    const argv = retentionArguments('shop', { last: 1, daily: 0, weekly: 4, monthly: 6 }).join(' ')
    assert.match(argv, /--host shop --tag muelle,app=shop,proven/)
    assert.match(argv, /--keep-last 1 --keep-weekly 4 --keep-monthly 6 --prune$/)
    assert.doesNotMatch(argv, /daily/)
  })
})

describe('of what restic answers', () => {
  test('snapshots of others are passed over, and the newest comes first', () => {
    const own = (point: string, ...more: string[]) => ({
      id: point,
      time: '2026-11-24T18:20:05Z',
      tags: ['muelle', 'app=shop', `point=${point}`, ...more],
    })
    const text = JSON.stringify([
      own('20261123-030000', 'proven'),
      { id: 'x', time: '' },
      own('20261124-030000'),
    ])
    assert.deepEqual(
      readSnapshots(text).map(({ point, app, isProven }) => [point, app, isProven]),
      [
        ['20261124-030000', 'shop', false],
        ['20261123-030000', 'shop', true],
      ],
    )
    assert.deepEqual(readSnapshots('null'), [])
  })
  test('the summary tells the size, and status lines are progress', () => {
    const lines = [
      '{"message_type":"status","percent_done":0.25}',
      '{"message_type":"summary","snapshot_id":"a","total_bytes_processed":7}',
    ]
    assert.deepEqual(readSummary(lines), { snapshot: 'a', bytes: 7 })
    assert.deepEqual(lines.map(progressOf), ['25%', undefined])
    assert.equal(readSummary([]), undefined)
  })
})
