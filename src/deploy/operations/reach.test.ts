import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { shop } from '../../../test/support/app.ts'
import { fakeCertificates, fakeContainer, fakeEngine, fakeGateway } from '../../../test/support/fake-ports.ts'
import { createAppFiles } from '../../release/files.ts'
import { openStore } from '../../store/store.ts'
import type { Context } from '../operation.ts'
import type { Reach } from '../step.ts'
import { showBefore } from './reach.ts'

/** What the gateway is told when release 5 is no longer to be shown as it was meant to be. */
async function takeBack(before: Reach): Promise<string[]> {
  const calls: string[] = []
  const app = shop()
  const gateway = fakeGateway((call) => calls.push(call))
  const context: Partial<Context> = {
    app,
    engine: fakeEngine({ containers: async () => [fakeContainer({})] }),
    certificates: fakeCertificates,
    gateway,
    pod: gateway.podFor(app.entrance),
    store: openStore(':memory:'),
    files: { ...createAppFiles('/state'), readModel: async () => app },
  }
  await showBefore(before, 5, context as Context)
  return calls.filter((call) => !call.startsWith('gateway ensure'))
}

describe('what the gateway shows once a step is taken back', () => {
  test('is nothing, when nothing was shown before', async () => {
    assert.deepEqual(await takeBack({ arms: [] }), ['gateway remove shop'])
  })
  test('is the release that was there before', async () => {
    assert.deepEqual(await takeBack({ arms: [4] }), ['gateway stage 4'])
  })
  test('is the release itself, when only its replicas were to change', async () => {
    assert.deepEqual(await takeBack({ arms: [5], replicas: { 5: 2 } }), ['gateway stage 5'])
  })
})
