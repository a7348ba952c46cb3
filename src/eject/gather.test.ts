import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { shop } from '../../test/support/app.ts'
import {
  fakeCertificates,
  fakeContainer,
  fakeEngine,
  fakeGateway,
  fakeVault,
} from '../../test/support/fake-ports.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { createAppFiles } from '../release/files.ts'
import { renderRelease, withReplicas } from '../release/render.ts'
import { withLease } from '../store/lease.ts'
import { openStore } from '../store/store.ts'
import { type EjectServices, gather } from './gather.ts'

const app = shop()
const images = { web: 'sha256:1', worker: 'sha256:1', beat: 'sha256:1', db: 'sha256:2', redis: 'sha256:3' }
const rendered = withReplicas(renderRelease(app, { number: 4, images, instance: 'muelle' }), 'web-r4', 3)

/** An installation in which release 4 is live and was scaled. */
async function createServices({ live = 4 }: { live?: number | undefined } = {}) {
  const calls: string[] = []
  const gateway = fakeGateway()
  if (live !== undefined) await gateway.flip(gateway.podFor(app.entrance), app.name, live)
  const store = openStore(':memory:')
  store.addRelease({ app: 'shop', number: 4, commit: null, images })
  const files = { ...createAppFiles('/state'), readModel: async () => app, read: async () => rendered }
  const containers = async () => [fakeContainer({ release: 4 })]
  const services: EjectServices = {
    engine: fakeEngine({ containers }, (call) => calls.push(call)),
    gateway,
    store,
    files,
    certificates: fakeCertificates,
    secrets: fakeVault,
    ports: { http: 80, https: 443 },
    gatewayImage: 'nginx:1.30',
    certbotImage: 'certbot/certbot:v5.5.0',
    acmeServer: undefined,
  }
  return { services, calls }
}

async function refusal(services: EjectServices): Promise<MuelleError> {
  const error = await gather(app, services).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof MuelleError)
  return error
}

const begin = (services: EjectServices, plan: readonly object[]) =>
  services.store.beginDeployment({ app: 'shop', kind: 'up', from: 4, to: 5, plan, runner: 'gone' })

describe('what an app takes along', () => {
  test('is the live release as it runs, and images under names that stay', async () => {
    const { services, calls } = await createServices()
    const { release, replicas } = await gather(app, services)
    assert.equal(release, 4)
    assert.equal(replicas['web'], 3)
    assert.deepEqual(calls, ['engine tagImage sha256:1 shop-web:ejected'])
  })
  test('is nothing while no release is live', async () => {
    const { services, calls } = await createServices({ live: 9 })
    assert.equal((await refusal(services)).code, 'RELEASE_UNKNOWN')
    assert.deepEqual(calls, [])
  })
  test('waits for a deployment that died', async () => {
    const { services } = await createServices()
    begin(services, [{ kind: 'switch' }])
    const { code, hint } = await refusal(services)
    assert.equal(code, 'LOCKED')
    assert.match(hint ?? '', /muelle recover shop/)
  })
  test('waits for one that runs, and tells how a canary is decided', async () => {
    const { services } = await createServices()
    await withLease(services.store, 'shop', async () => {
      begin(services, [{ kind: 'switch' }])
      assert.match((await refusal(services)).hint ?? '', /Wait for it/)
      begin(services, [{ kind: 'judge' }])
      const { message, hint } = await refusal(services)
      assert.match(message, /two releases have visitors/)
      assert.match(hint ?? '', /muelle canary promote shop/)
    })
  })
})
