import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dockerFailure, fakeEngine } from '../../test/support/fake-ports.ts'
import type { Pod } from './pod.ts'
import { explainHolderFailure } from './port-taken.ts'

const pod: Pod = { instance: 'muelle', name: 'gateway', folder: '/x', image: 'nginx:1.30', publish: [] }

for (const line of [
  'Error response from daemon: driver failed programming external connectivity on endpoint gateway: Bind for 0.0.0.0:80 failed: port is already allocated.',
  'docker: Error response from daemon: failed to bind host port: Error starting userland proxy: listen tcp4 0.0.0.0:80: bind: address already in use.',
  'Error starting userland proxy: listen tcp6 [::]:80: bind: address already in use',
]) {
  test(`"…${line.slice(-60)}" is a taken port`, async () => {
    await assert.rejects(explainHolderFailure(fakeEngine(), pod)(dockerFailure(line)), {
      code: 'PORT_TAKEN',
      message: 'Port 80 is in use by another program.',
    })
  })
}

test('the half-made holder is removed, so that the next attempt can make it', async () => {
  const calls: string[] = []
  const engine = fakeEngine({}, (call) => calls.push(call))
  await assert.rejects(explainHolderFailure(engine, pod)(dockerFailure('Bind for 0.0.0.0:80 failed')))
  assert.deepEqual(calls, ['engine removeContainer muelle-gateway'])
})

test('any other failure passes as it is', async () => {
  const failure = dockerFailure('No such image: nginx:1.30')
  await assert.rejects(explainHolderFailure(fakeEngine(), pod)(failure), failure)
})
