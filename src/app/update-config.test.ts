import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { shopFile } from '../../test/support/app.ts'
import type { ComposeService } from './compose.ts'
import { readApp } from './read-app.ts'
import { readUpdateConfig, unfollowed } from './update-config.ts'

type Update = NonNullable<NonNullable<ComposeService['deploy']>['update_config']>
const read = (update_config: Update) => readUpdateConfig({ deploy: { update_config } })

describe('update_config', () => {
  test('means one at a time, at once, with nobody watched, where the file is silent', () => {
    const silent = { parallelism: 1, delayMs: 0, stopsFirst: false, monitorMs: 0, maxFailureRatio: 0 }
    assert.deepEqual(readUpdateConfig({}), silent)
    assert.deepEqual(read({}), silent)
  })
  test('is read as Compose prints it', () => {
    const written = {
      parallelism: 2,
      delay: '1m30s',
      monitor: '1.5s',
      max_failure_ratio: 0.3,
      order: 'stop-first',
    }
    assert.deepEqual(read(written), {
      parallelism: 2,
      delayMs: 90_000,
      stopsFirst: true,
      monitorMs: 1500,
      maxFailureRatio: 0.3,
    })
    assert.equal(read({ parallelism: 0 }).parallelism, Number.POSITIVE_INFINITY)
    assert.equal(read({ monitor: '500ms' }).monitorMs, 500)
  })
})

test('a failure action is told that is not followed', () => {
  const told = (failure_action?: string, strategy = 'rolling') => {
    const file = shopFile({ strategy })
    const update_config = failure_action === undefined ? {} : { failure_action }
    const web = { ...file.services['web'], deploy: { update_config } }
    return unfollowed(readApp({ ...file, services: { ...file.services, web } }, '/srv/shop'))
  }
  assert.deepEqual([told(), told('rollback')], [[], []])
  assert.match(told('continue').join(), /^web asks for failure_action: continue; Muelle always/)
  assert.equal(told('pause').length, 1)
  assert.deepEqual(told('pause', 'blue-green'), [])
})
