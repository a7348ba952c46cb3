import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { buildxPlace } from './docker-state.ts'

test('a build keeps its state in the home of the user, unless that is read-only', (t) => {
  const home = mkdtempSync(join(tmpdir(), 'muelle-buildx-'))
  t.after(() => rmSync(home, { recursive: true }))
  assert.deepEqual(buildxPlace({ HOME: home }, '/state'), {})
  assert.deepEqual(buildxPlace({ DOCKER_CONFIG: join(home, 'not', 'yet') }, '/state'), {})
  // Not even root writes there.
  const instead = { BUILDX_CONFIG: '/state' }
  assert.deepEqual(buildxPlace({ HOME: '/proc/sys' }, '/state'), instead)
  assert.deepEqual(buildxPlace({ HOME: home, DOCKER_CONFIG: '/proc/sys/a' }, '/state'), instead)
  assert.deepEqual(buildxPlace({ HOME: home, BUILDX_CONFIG: '/proc/sys' }, '/state'), instead)
})
