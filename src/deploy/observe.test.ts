import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shop } from '../../test/support/app.ts'
import { fakeContainer, fakeEngine, fakeGateway } from '../../test/support/fake-ports.ts'
import { openStore } from '../store/store.ts'
import { observe } from './observe.ts'

const app = shop()

async function look(options: { live?: number; containers: readonly ReturnType<typeof fakeContainer>[] }) {
  const gateway = fakeGateway()
  if (options.live !== undefined) await gateway.flip(gateway.podFor(app.entrance), app.name, options.live)
  const store = openStore(':memory:')
  for (const number of [1, 2, 3]) store.addRelease({ app: 'shop', number, commit: null, images: {} })
  store.markRelease('shop', 1, 'superseded')
  store.markRelease('shop', 2, 'failed')
  store.activate('shop', 3)
  return observe(app, {
    engine: fakeEngine({ containers: async () => [...options.containers] }),
    gateway,
    store,
  })
}

test('the gateway says which release is live, the engine which ones stand, the store which ones are kept', async () => {
  const containers = [
    fakeContainer({ release: 3 }),
    fakeContainer({ release: 3, service: 'beat', role: 'singleton' }),
    fakeContainer({ release: 1, service: 'worker', role: 'worker' }),
    fakeContainer({ release: undefined, service: 'db', role: 'backing' }),
  ]
  assert.deepEqual(await look({ live: 3, containers }), {
    live: 3,
    standing: [
      { number: 1, webs: 0, workers: ['worker'], singletons: [] },
      { number: 3, webs: 1, workers: [], singletons: ['beat'] },
    ],
    kept: [3, 1],
  })
})

test('a stopped worker or singleton is nothing to hand over', async () => {
  const stopped = { release: 1, running: false }
  const { standing } = await look({
    containers: [
      fakeContainer({ ...stopped, service: 'worker', role: 'worker' }),
      fakeContainer({ ...stopped, service: 'beat', role: 'singleton' }),
    ],
  })
  assert.deepEqual(standing, [{ number: 1, webs: 0, workers: [], singletons: [] }])
})

test('a release that the gateway points at but that has no container is not live', async () => {
  assert.equal((await look({ live: 3, containers: [] })).live, undefined)
})
