import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shop } from '../../test/support/app.ts'
import { fakeContainer, fakeEngine } from '../../test/support/fake-ports.ts'
import { observeMemory } from './observe-memory.ts'

const observed = { live: 5, standing: [{ number: 5, webs: 2, workers: [], singletons: [] }], kept: [5] }
const containers = [
  fakeContainer({ id: 'web', release: 5 }),
  fakeContainer({ id: 'stopped', release: 5, running: false }),
  fakeContainer({ id: 'warm', release: 4 }),
  fakeContainer({ id: 'db', release: undefined, service: 'db', role: 'backing' }),
]
const held: Record<string, number> = { web: 100, stopped: 7, warm: 30, db: 5000 }
const engine = fakeEngine({
  containers: async () => containers,
  availableMemory: async () => 1000,
  memoryOf: async (id) => held[id],
})

test('what runs of the releases is read, and what lasts is not', async () => {
  const memory = await observeMemory(shop(), observed, engine)
  assert.partialDeepStrictEqual(memory, { needed: 200, warm: 30, available: 1000 })
})

test('nothing is known of a machine that cannot be seen, or of what is not doubled', async () => {
  assert.equal(await observeMemory(shop(), observed, fakeEngine()), undefined)
  assert.equal(await observeMemory(shop({ strategy: 'rolling' }), observed, engine), undefined)
})
