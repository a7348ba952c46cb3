import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeContainer, fakeGateway } from '../../../test/support/fake-ports.ts'
import { readApp } from '../../app/read-app.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import { drain } from './traffic.ts'

const app = readApp(
  {
    name: 'shop',
    services: { web: { image: 'web', 'x-muelle': { port: 8000 } } },
    'x-muelle': { domains: ['shop.example'], drain_timeout: '30s' },
  },
  '/srv/shop',
)
const replica = fakeContainer({ addresses: { shop_edge: '172.18.0.3' } })

/** Seconds that a drain takes at a gateway, of which more than the defaults is told. */
async function drainedAfter(overrides: (seconds: () => number) => Partial<Gateway>): Promise<number> {
  let now = 0
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms
    },
  }
  const gateway = { ...fakeGateway(), ...overrides(() => now / 1000) }
  const signal = new AbortController().signal
  await drain({ app, clock, gateway, pod: gateway.podFor(app.entrance), signal }, [replica])
  return now / 1000
}

test('a replica without connections is drained at once', async () => {
  assert.equal(await drainedAfter(() => ({})), 0)
})
test('a replica is drained when both the workers of before and its connections are gone', async () => {
  assert.equal(await drainedAfter((now) => ({ isDraining: async () => now() < 5 })), 5)
  assert.equal(await drainedAfter((now) => ({ openConnections: async () => (now() < 7 ? 1 : 0) })), 7)
})
test('what does not end is waited for during drain_timeout, once', async () => {
  const never = { isDraining: async () => true, openConnections: async () => 1 }
  assert.equal(await drainedAfter(() => never), 30)
})
