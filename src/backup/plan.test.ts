import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { planBackup, planRestore } from './plan.ts'

const live = {
  release: 3,
  services: ['web', 'worker'],
  replicas: 2,
  timeoutMs: 1000,
  arms: [2, 3],
  isInMaintenance: false,
}
const wanted = { point: 'p', at: 'now', image: 'restic', databases: true, media: true, live }
const kinds = (restore: Partial<typeof wanted> = {}) =>
  planRestore({ ...wanted, ...restore }).map(({ kind }) => kind)

describe('a restore', () => {
  test('touches nothing that serves before the new databases were compared, and swaps while the app stands still', () => {
    assert.deepEqual(kinds(), [
      'images',
      'fetch',
      'maintenance',
      'load',
      'media',
      'stop',
      'swap',
      'start',
      'ready',
      'maintenance',
      'tidy',
    ])
  })
  test('of files alone stops nothing', () => {
    assert.deepEqual(kinds({ databases: false }), [
      'images',
      'fetch',
      'maintenance',
      'media',
      'maintenance',
      'tidy',
    ])
  })
  test('leaves a maintenance page up that somebody else has put up', () => {
    const steps = planRestore({ ...wanted, live: { ...live, isInMaintenance: true } })
    const pages = steps.flatMap((step) => (step.kind === 'maintenance' ? [[step.on, step.was]] : []))
    assert.deepEqual(pages, [
      [true, true],
      [true, true],
    ])
  })
  test('of an app that is not live only swaps', () => {
    const steps = planRestore({ ...wanted, live: undefined }).map(({ kind }) => kind)
    assert.deepEqual(steps, ['images', 'fetch', 'load', 'media', 'swap', 'tidy'])
  })
})

test('a backup reads the databases first, because a file without a row is better than a row without its file', () => {
  assert.deepEqual(
    planBackup('p', { image: 'restic' }).map(({ kind }) => kind),
    ['images', 'dump', 'keep', 'tidy'],
  )
})
