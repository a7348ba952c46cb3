import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeEngine, fakeGateway } from '../../test/support/fake-ports.ts'
import type { LoggedRequest } from '../gateway/visits.ts'
import { createRequestCounter } from './requests.ts'

const entrance = { kind: 'port', port: 80, hostIp: '0.0.0.0' } as const
const apps = [
  { name: 'shop', entrance },
  { name: 'blog', entrance },
]

const request = (app: string, status: number): LoggedRequest => ({
  app,
  status,
  release: 1,
  durationMs: 250,
})

test('requests are counted once, by class of answer, and by second since the look before', async () => {
  let now = 1_000_000
  const since: number[] = []
  let next: { requests: LoggedRequest[]; until: number } = { requests: [], until: now }
  const gateway = {
    ...fakeGateway(),
    requests: async (_: unknown, from: number) => {
      since.push(from)
      return next
    },
  }
  const count = createRequestCounter({ engine: fakeEngine({ date: async () => now }), gateway })

  next = { requests: Array(30).fill(request('shop', 200)), until: 999_000 }
  const first = await count(apps)
  assert.deepEqual([...first.perSecond], [['shop', 0.5], ['blog', 0]]) // biome-ignore format: a row each
  assert.deepEqual(first.counts, [{ app: 'shop', status: '2xx', count: 30, seconds: 7.5 }])

  now += 10_000
  next = { requests: [request('shop', 502), request('shop', 204), request('blog', 200)], until: 1_005_000 }
  const second = await count(apps)
  assert.equal(second.perSecond.get('shop'), 0.2)
  assert.deepEqual(
    second.counts.map((each) => [each.app, each.status, each.count]),
    [
      ['shop', '2xx', 31],
      ['shop', '5xx', 1],
      ['blog', '2xx', 1],
    ],
  )
  // From the last line that was read, in one look for both apps of the pod.
  assert.deepEqual(since, [940_000, 999_000])
})

test('a gateway that does not run is no failure, and after an hour without a look the log is not read from there', async () => {
  let now = 10_000_000
  const since: number[] = []
  const gateway = {
    ...fakeGateway(),
    requests: async (_: unknown, from: number) => {
      since.push(from)
      throw new Error('it is not running')
    },
  }
  const count = createRequestCounter({ engine: fakeEngine({ date: async () => now }), gateway })
  assert.deepEqual((await count(apps)).counts, [])
  now += 2 * 3_600_000
  await count(apps)
  assert.deepEqual(since, [9_940_000, now - 60_000])
})
