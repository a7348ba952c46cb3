import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { shop } from '../../../test/support/app.ts'
import { fakeContainer, fakeEngine } from '../../../test/support/fake-ports.ts'
import type { Container } from '../../engine/port.ts'
import { edgeNetwork } from '../../release/names.ts'
import type { Context } from '../operation.ts'
import { monitor } from './monitor.ts'

interface World {
  /** The replicas at a time in milliseconds, and what of each the probe and Docker tell then. */
  replicas?: (now: number) => Container[]
  restarts?: (id: string, now: number) => number
  status?: (address: string, now: number) => number
}

const replica = (number: number, fields: Partial<Container> = {}) =>
  fakeContainer({
    id: `c${number}`,
    name: `shop-r5-web-r5-${number}`,
    addresses: { [edgeNetwork('shop')]: `10.0.0.${number}` },
    ...fields,
  })
const three = [replica(1), replica(2), replica(3)]

/** @returns when it ended and what it said */
async function watch(tolerated: number, { replicas, restarts, status }: World) {
  let now = 0
  const notes: string[] = []
  const context: Partial<Context> = {
    app: shop(),
    engine: fakeEngine({
      containers: async () => replicas?.(now) ?? three,
      restarts: async (id) => restarts?.(id, now) ?? 0,
    }),
    clock: {
      now: () => now,
      sleep: async (ms) => {
        now += ms
      },
    },
    probe: async ({ address }) => ({ status: status?.(address, now) ?? 200, headers: {}, body: '' }),
    note: (message) => notes.push(message),
    signal: new AbortController().signal,
  }
  const step = { kind: 'monitor', release: 5, replicas: 3, forMs: 10_000, tolerated } as const
  await monitor.run(step, context as Context)
  return { now, notes }
}

describe('new replicas that are watched', () => {
  test('pass when they go on, after the whole time', async () => {
    assert.deepEqual(await watch(0, {}), { now: 10_000, notes: [] })
  })
  const failures: Record<string, World> = {
    'was started again': { restarts: (id, now) => (id === 'c2' && now > 5000 ? 1 : 0) },
    'stopped: Exited (1)': {
      replicas: () => [...three.slice(0, 2), replica(3, { running: false, status: 'Exited (1)' })],
    },
    'is unhealthy': {
      replicas: () => [replica(1, { status: 'Up 9 seconds (unhealthy)' }), ...three.slice(1)],
    },
    'answers 500': { status: (address, now) => (address === '10.0.0.2' && now > 5000 ? 500 : 200) },
  }
  for (const [why, world] of Object.entries(failures)) {
    test(`fail when one ${why}`, async () => {
      await assert.rejects(watch(0, world), {
        code: 'RELEASE_FAULTY',
        message: RegExp(`web-r5-\\d .*${why.replaceAll(/[()]/g, '.')}`),
      })
    })
    test(`pass when one ${why} and one may`, async () => {
      const { notes } = await watch(1, world)
      assert.equal(notes.length, 1)
      assert.match(notes[0] ?? '', /max_failure_ratio allows it/)
    })
  }
  test('pass when an answer or two are missed', async () => {
    const missed = (_: string, now: number): number => (now === 3000 || now === 4000 ? 500 : 200)
    assert.deepEqual((await watch(0, { status: missed })).notes, [])
  })
  test('fail when more of them fail than may, one after the other', async () => {
    const restarts = (id: string, now: number): number => (now > Number(id.slice(1)) * 2000 ? 1 : 0)
    await assert.rejects(watch(2, { restarts }), { code: 'RELEASE_FAULTY' })
  })
  test('fail when one is gone', async () => {
    await assert.rejects(watch(0, { replicas: () => three.slice(1) }), { code: 'RELEASE_FAULTY' })
  })
})
