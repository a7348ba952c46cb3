import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, createClient } from './client.ts'
import type { Exchange } from './exchange.ts'
import { answer, startServer } from './faulty-server.ts'
import { spacedLoad, steadyLoad } from './generate.ts'
import { summarise } from './report.ts'
import { itemRoutes } from './routes.ts'

const mix = { post: 0.2, fresh: 0.1 }

async function loadFor(
  port: number,
  { seconds, connections = 20 }: { seconds: number; connections?: number },
) {
  const client = createClient({ port, host: 'app.localhost', tls: false }, connections)
  const exchanges = await steadyLoad(client, {
    ratePerSecond: 200,
    mix,
    routes: itemRoutes,
    stop: AbortSignal.timeout(seconds * 1000),
  })
  client.close()
  return { exchanges, report: summarise(exchanges) }
}

test('a healthy server: the rate is kept, nothing is lost, connections are reused', async () => {
  await using app = await startServer((request, response) => answer(request, response))
  const { exchanges, report } = await loadFor(app.port, { seconds: 2 })
  const first = exchanges[0]?.scheduledAtMs ?? 0
  const drifts = exchanges.map(({ scheduledAtMs }, index) => Math.abs(scheduledAtMs - first - index * 5))
  assert.ok(Math.max(...drifts) < 0.01, 'requests are due every 5 ms')
  assert.ok(report.sent >= 390, `sent ${report.sent}`)
  assert.equal(report.lost, 0)
  const fresh = exchanges.filter((exchange) => !exchange.reused).length
  assert.ok(fresh >= 40 && fresh < report.sent / 2, `${fresh} fresh connections`)
  const posts = exchanges.filter((exchange) => exchange.method === 'POST')
  assert.ok(Math.abs(posts.length / report.sent - 0.2) < 0.02, `${posts.length} POST of ${report.sent}`)
  assert.equal(new Set(posts.map((post) => post.id)).size, posts.length)
  assert.equal(new Set(posts.map((post) => post.code)).size, posts.length)
})

test('the real Host goes to a local address, as if TLS had been ended in front', async () => {
  const seen = new Set<string>()
  await using app = await startServer((request, response) => {
    seen.add(`${request.headers.host} ${request.headers['x-forwarded-proto']}`)
    answer(request, response)
  })
  await loadFor(app.port, { seconds: 0.2 })
  assert.deepEqual([...seen], ['app.localhost https'])
})

test('every answer that is not a 2xx is lost: errors, redirects, not found', async () => {
  const statuses = [200, 502, 301, 404]
  let count = 0
  await using app = await startServer((_, response) => {
    response.writeHead(statuses[count++ % statuses.length] ?? 200).end()
  })
  const { report } = await loadFor(app.port, { seconds: 1 })
  assert.ok(Math.abs(report.lost - report.sent * 0.75) <= 1, `${report.lost} of ${report.sent}`)
  assert.deepEqual([...new Set(report.losses.map((loss) => loss.kind))].sort(), [
    'status 301',
    'status 404',
    'status 502',
  ])
  assert.equal(report.losses.length, 20)
})

test('resets, cut answers and refused connections are lost, once each and never sent again', async () => {
  let received = 0
  const app = await startServer((request, response) => {
    received++
    if (received % 10 === 0) return void request.socket.resetAndDestroy()
    if (received % 10 === 5) {
      response.writeHead(200, { 'content-length': '100' }).write('half')
      return void setTimeout(() => request.socket.destroy(), 5)
    }
    answer(request, response)
  })
  const { report } = await loadFor(app.port, { seconds: 1 })
  assert.equal(received, report.sent)
  assert.equal(report.lost, Math.floor(report.sent / 10) + Math.floor((report.sent + 5) / 10))
  assert.ok(
    report.losses.every((loss) => loss.kind === 'ECONNRESET'),
    JSON.stringify(report.losses),
  )
  assert.ok(report.losses.some((loss) => loss.reused))

  await app[Symbol.asyncDispose]()
  const { report: refused } = await loadFor(app.port, { seconds: 0.2 })
  assert.equal(refused.lost, refused.sent)
  assert.equal(refused.losses[0]?.kind, 'ECONNREFUSED')
})

test('a stall of the server neither slows the load nor hides in the latencies', async () => {
  const stallFrom = Date.now() + 400
  const stallTo = stallFrom + 1300
  await using app = await startServer((request, response) => {
    const now = Date.now()
    const delay = now >= stallFrom && now < stallTo ? stallTo - now : 0
    setTimeout(() => answer(request, response), delay)
  })
  const { report } = await loadFor(app.port, { seconds: 2, connections: 5 })
  assert.ok(report.sent >= 390, `sent ${report.sent}`)
  assert.equal(report.lost, 0)
  assert.ok(report.latencyMs.p50 > 100, `most of the load met the stall, yet p50 is ${report.latencyMs.p50}`)
  assert.ok(report.latencyMs.max > 900, `max ${report.latencyMs.max}`)
})

test('versions are listed in the order of their first answers', async () => {
  let count = 0
  await using app = await startServer((request, response) =>
    answer(request, response, count++ < 50 ? '9' : '10'),
  )
  const { report } = await loadFor(app.port, { seconds: 1 })
  assert.deepEqual(
    report.versions.map((sighting) => sighting.version),
    ['9', '10'],
  )
  assert.equal(report.versions[0]?.answers, 50)
})

test('spaced requests meet a server that drops idle connections as they are used again', async () => {
  const lastUsed = new WeakMap<object, number>()
  await using app = await startServer((request, response) => {
    const idleMs = Date.now() - (lastUsed.get(request.socket) ?? Date.now())
    lastUsed.set(request.socket, Date.now())
    if (idleMs >= 100) return void request.socket.resetAndDestroy()
    answer(request, response)
  })
  const spaced = (client: Client): Promise<Exchange[]> =>
    spacedLoad(client, {
      aroundMs: 100,
      rounds: 42,
      post: 0.5,
      routes: itemRoutes,
      stop: new AbortController().signal,
    })
  const report = summarise(
    await spaced(createClient({ port: app.port, host: 'app.localhost', tls: false }, 4)),
  )
  assert.equal(report.sent, 42 * 4)
  assert.ok(report.lost > 20, `${report.lost} lost`)
  assert.ok(report.losses.every((loss) => loss.reused))
})
