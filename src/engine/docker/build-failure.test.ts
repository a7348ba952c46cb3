import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dockerFailure } from '../../../test/support/fake-ports.ts'
import { buildFailure } from './build-failure.ts'

test('a build that failed in a step says which', () => {
  const cause = dockerFailure(
    'ERROR: failed to solve: process "/bin/sh -c pip install -r requirements.txt" did not complete successfully: exit code: 1',
  )
  const failure = buildFailure(cause)
  assert.equal(failure.code, 'BUILD_FAILED')
  assert.match(failure.message, /pip install -r requirements\.txt/)
  assert.deepEqual(failure.log, cause.log)
  assert.equal(failure.cause, cause)
})

test('any other failure of a build keeps its log', () => {
  const failure = buildFailure(dockerFailure('failed to read dockerfile: open Dockerfile: no such file'))
  assert.equal(failure.message, 'The image could not be built.')
  assert.deepEqual(failure.log, ['failed to read dockerfile: open Dockerfile: no such file'])
})

test('a full disk is told as one', () => {
  const failure = buildFailure(dockerFailure('write /var/lib/docker/x: no space left on device'))
  assert.equal(failure.code, 'DISK_FULL')
  assert.match(failure.hint ?? '', /docker system df/)
})
