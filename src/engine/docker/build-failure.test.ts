import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dockerFailure } from '../../../test/support/fake-ports.ts'
import { buildFailure } from './build-failure.ts'

const command = '/bin/sh -c pip install -r requirements.txt'

for (const [builder, line] of [
  ['of today', `process "${command}" did not complete successfully: exit code: 1`],
  ['of Docker 20.10', `executor failed running [${command}]: exit code: 1`],
] as const) {
  test(`a build that failed in a step says which, with the builder ${builder}`, () => {
    const cause = dockerFailure(`ERROR: failed to solve: ${line}`)
    const failure = buildFailure(cause)
    assert.equal(failure.code, 'BUILD_FAILED')
    assert.equal(failure.message, `The build step failed: ${command}`)
    assert.deepEqual(failure.log, cause.log)
    assert.equal(failure.cause, cause)
  })
}

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
