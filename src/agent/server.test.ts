import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { agentContext, fromGithub, pushOf } from '../../test/support/agent.ts'
import { type Scope, scopes } from '../store/access.ts'
import { mayDo, mintToken } from './access.ts'
import type { AgentContext } from './context.ts'
import type { Launch } from './queue/start.ts'
import { routes } from './routes/all.ts'
import type { Route } from './routes/route.ts'
import { createServer } from './server.ts'
import { addSetupToken, addToken } from './tokens.ts'

const roles = ['none', ...scopes] as const

/** A role's authorization header, with a token of its own. */
function bearerOf(role: Scope, { store }: AgentContext): string {
  const { token, hash } = mintToken()
  store.addToken({ name: `${role}-${store.tokens().length}`, scope: role, hash })
  return `Bearer ${token}`
}

async function server(context = agentContext(), listener: 'socket' | 'network' = 'network') {
  return { context, server: await createServer(context, listener) }
}

/** A path with every parameter filled in. */
const pathOf = ({ path }: Route): string =>
  path.replace(':app', 'shop').replace(':id', '1').replace(':name', 'ci')

async function ask(server: FastifyInstance, route: Route, headers: Record<string, string>): Promise<number> {
  // A stream of events has no end to wait for.
  if (route.answer.kind === 'events') return askStream(server, route, headers)
  const payload = route.path === '/v1/tokens' ? '{"name":"ci2","scope":"read"}' : '{}'
  const options = { method: route.method, url: pathOf(route), headers }
  const { statusCode } = await server.inject(route.method === 'GET' ? options : { ...options, payload })
  return statusCode
}

async function askStream(
  server: FastifyInstance,
  route: Route,
  headers: Record<string, string>,
): Promise<number> {
  const stop = new AbortController()
  const address = await server.listen({ host: '127.0.0.1', port: 0 })
  const { status } = await fetch(`${address}${pathOf(route)}`, { headers, signal: stop.signal })
  stop.abort()
  return status
}

describe('every route for every role', () => {
  for (const route of routes) {
    for (const role of roles) {
      const { method, path, need } = route
      const may = need !== 'signature' && mayDo({ name: '', scope: role }, need)
      test(`${method} ${path} is ${may ? 'open to' : 'closed to'} ${role}`, async (t) => {
        const { context, server: own } = await server()
        t.after(() => own.close())
        const headers = role === 'none' ? {} : { authorization: bearerOf(role, context) }
        const status = await ask(own, route, headers)
        const refusal = role === 'none' || need === 'signature' ? 401 : 403
        if (may) assert.ok(![401, 403].includes(status) && status < 500, String(status))
        else assert.equal(status, refusal)
      })
    }
  }

  test('needs a scope that there is, a signature, a set-up token, or the socket', () => {
    const needs = [...scopes, 'signature', 'setup', 'local']
    for (const { need, path } of routes) assert.ok(needs.includes(need), path)
  })
})

describe('the API', () => {
  test('takes whoever can open the socket for the owner of the state folder', async () => {
    const { server: own } = await server(agentContext(), 'socket')
    assert.equal((await own.inject({ url: '/v1/tokens' })).statusCode, 200)
  })

  test('answers a failure as a problem with the code of the catalogue', async () => {
    const { context, server: own } = await server()
    const authorization = bearerOf('read', context)
    const answer = await own.inject({ url: '/v1/apps/nothing/releases', headers: { authorization } })
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/)
    const { type, status, code, detail } = answer.json()
    assert.deepEqual([type, status, code], ['urn:muelle:error:APP_UNKNOWN', 404, 'APP_UNKNOWN'])
    assert.match(detail, /nothing/)
  })

  test('says nothing of what a bug says, and tells the log', async () => {
    const broken = agentContext({ status: () => Promise.reject(new Error('the password is hunter2')) })
    const { server: own } = await server(broken, 'socket')
    const answer = await own.inject({ url: '/v1/status' })
    assert.equal(answer.statusCode, 500)
    assert.doesNotMatch(answer.body, /hunter2/)
    assert.equal(broken.reports.length, 1)
  })

  test('tells figures in the text format of Prometheus', async () => {
    const { server: own } = await server(agentContext(), 'socket')
    const answer = await own.inject({ url: '/v1/metrics' })
    assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
    assert.equal(answer.body, 'muelle_jobs_under_way 0\n')
  })

  test('lists in pages, newest first', async () => {
    const { context, server: own } = await server(agentContext(), 'socket')
    for (let number = 1; number <= 5; number++)
      context.store.addRelease({ app: 'shop', number, commit: null, images: {} })
    const seen: number[] = []
    let before = ''
    for (;;) {
      const answer = await own.inject({ url: `/v1/apps/shop/releases?limit=2${before}` })
      const { items, next } = answer.json() as { items: { number: number }[]; next: number | null }
      seen.push(...items.map(({ number }) => number))
      if (next === null) break
      before = `&before=${next}`
    }
    assert.deepEqual(seen, [5, 4, 3, 2, 1])
  })

  for (const [what, headers, status] of [
    ['a page of another site', { origin: 'https://evil.example', host: 'muelle.example' }, 403],
    ['a page whose origin is hidden', { origin: 'null', host: 'muelle.example' }, 403],
    ['what a browser calls cross-site', { 'sec-fetch-site': 'cross-site', host: 'muelle.example' }, 403],
    ['a page of its own', { origin: 'https://muelle.example', host: 'muelle.example' }, 200],
  ] as const)
    test(`answers ${status} to ${what}, token or not`, async () => {
      const { context, server: own } = await server()
      const authorization = bearerOf('admin', context)
      const answer = await own.inject({ url: '/v1/apps', headers: { authorization, ...headers } })
      assert.equal(answer.statusCode, status)
    })

  test('lets nobody try tokens for long', async () => {
    const { server: own } = await server()
    const statuses = new Set<number>()
    for (let times = 0; times < 70; times++) {
      const { token } = mintToken()
      const answer = await own.inject({ url: '/v1/apps', headers: { authorization: `Bearer ${token}` } })
      statuses.add(answer.statusCode)
    }
    assert.deepEqual([...statuses], [401, 429])
  })

  test('keeps no token, and forgets one at once', async () => {
    const { context, server: own } = await server(agentContext(), 'socket')
    const made = await own.inject({
      method: 'POST',
      url: '/v1/tokens',
      payload: '{"name":"ci","scope":"read"}',
    })
    const { token } = made.json() as { token: string }
    assert.doesNotMatch(JSON.stringify(context.store.tokens()), new RegExp(token))
    const { server: outside } = await server(context)
    const headers = { authorization: `Bearer ${token}` }
    assert.equal((await outside.inject({ url: '/v1/apps', headers })).statusCode, 200)
    await own.inject({ method: 'DELETE', url: '/v1/tokens/ci' })
    assert.equal((await outside.inject({ url: '/v1/apps', headers })).statusCode, 401)
  })

  test('makes an administrator of a set-up token once, and lets it do nothing else', async () => {
    const { context, server: own } = await server()
    const { token } = addSetupToken(context.store)
    assert.doesNotMatch(JSON.stringify(context.store.tokens()), new RegExp(token))
    const headers = { authorization: `Bearer ${token}` }
    const setUp = (name: string) =>
      own.inject({ method: 'POST', url: '/v1/setup', headers, payload: JSON.stringify({ name }) })
    for (const url of ['/v1/apps', '/v1/tokens'])
      assert.equal((await own.inject({ url, headers })).statusCode, 403, url)
    addToken({ name: 'ci', scope: 'read' }, context.store)
    assert.equal((await setUp('ci')).statusCode, 409)
    const made = await setUp('ada')
    assert.equal(made.statusCode, 201)
    const authorization = `Bearer ${(made.json() as { token: string }).token}`
    assert.equal((await own.inject({ url: '/v1/tokens', headers: { authorization } })).statusCode, 200)
    assert.equal((await setUp('eve')).statusCode, 401)
  })

  test('takes no set-up token after its time, and none but the last', async () => {
    const { context, server: own } = await server()
    const first = addSetupToken(context.store)
    const { token, hash } = mintToken()
    context.store.addSetupToken({ hash, expiresAt: new Date(Date.now() - 1).toISOString() })
    for (const given of [first.token, token]) {
      const headers = { authorization: `Bearer ${given}` }
      const answer = await own.inject({
        method: 'POST',
        url: '/v1/setup',
        headers,
        payload: '{"name":"ada"}',
      })
      assert.equal(answer.statusCode, 401)
    }
  })

  test('carries out commands for the socket alone, and finds the same that is under way', async () => {
    const launched: Launch[] = []
    const context = agentContext()
    context.begin = (job, launch) => {
      launched.push(launch)
      return context.store.beginJob(job).id
    }
    const secret = 'hunter2-hunter2'
    const command = {
      kind: 'up',
      app: 'shop',
      argv: ['up'],
      cwd: '/tmp',
      env: { TOKEN: secret },
      key: 'a'.repeat(64),
      by: 'ada',
    }
    const { server: own } = await server(context, 'socket')
    const ask = async (more: object = {}) => {
      const payload = JSON.stringify({ ...command, ...more })
      const answer = await own.inject({ method: 'POST', url: '/v1/commands', payload })
      assert.equal(answer.statusCode, 202, answer.body)
      return answer.json() as { job: number; isUnderWay: boolean }
    }
    const { job } = await ask()
    assert.deepEqual([(await ask()).job, (await ask()).isUnderWay], [job, true])
    assert.notEqual((await ask({ key: 'b'.repeat(64) })).job, job)
    const beside = await ask({ beside: job })
    assert.deepEqual([beside.isUnderWay, (await ask()).job], [false, beside.job])
    context.store.endJob({ id: beside.job, attempt: 1 }, 'succeeded')
    context.store.endJob({ id: job, attempt: 1 }, 'succeeded')
    assert.equal((await ask()).isUnderWay, false)
    assert.deepEqual(launched[0], { argv: ['up'], cwd: '/tmp', env: { TOKEN: secret } })
    assert.doesNotMatch(JSON.stringify(context.store.jobs({ before: 1000, limit: 10 })), /hunter2/)
  })

  test('writes down who asked for what, and who was refused', async () => {
    const { context, server: own } = await server()
    await own.inject({ url: '/v1/apps', headers: { authorization: bearerOf('read', context) } })
    await own.inject({ url: '/v1/apps' })
    await own.inject({
      method: 'POST',
      url: '/v1/apps/shop/rollback',
      payload: '{"release":3}',
      headers: { authorization: bearerOf('deploy', context) },
    })
    await own.close()
    const log = context.store.auditLog({ before: 1000, limit: 10 })
    assert.deepEqual(
      log.map(({ actor, action, outcome }) => [actor, action, outcome]),
      [
        ['token deploy-1', 'POST /v1/apps/shop/rollback', '202'],
        ['nobody 127.0.0.1', 'GET /v1/apps', '401'],
      ],
    )
    const [job] = context.store.jobs({ before: 1000, limit: 10 })
    assert.deepEqual([job?.kind, job?.request, job?.askedBy], ['rollback', { release: 3 }, 'token deploy-1'])
  })

  test('describes each of its routes', async () => {
    const { server: own } = await server(agentContext(), 'socket')
    const { paths } = (await own.inject({ url: '/v1/openapi.json' })).json() as {
      paths: Record<string, object>
    }
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const declared = routes
      .filter(({ path }) => path !== '/v1/openapi.json')
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    assert.deepEqual(described.sort(), declared.sort())
  })
})

describe('events', () => {
  test('go on after the last one that was seen', async (t) => {
    const context = agentContext()
    const { server: own } = await server(context, 'socket')
    t.after(() => own.close())
    for (const message of ['one', 'two', 'three'])
      context.store.recordEvent('shop', 1, { type: 'note', message })
    context.store.flushEvents()
    const address = await own.listen({ host: '127.0.0.1', port: 0 })
    const read = async (last: string): Promise<string> => {
      const stop = new AbortController()
      const { body } = await fetch(`${address}/v1/events?app=shop`, {
        headers: { 'last-event-id': last },
        signal: stop.signal,
      })
      let text = ''
      for await (const part of body ?? []) {
        text += new TextDecoder().decode(part)
        if (text.includes('three')) break
      }
      stop.abort()
      return text
    }
    assert.match(await read('0'), /id: 1\nevent: note\ndata: .*"one"[\s\S]*id: 3/)
    assert.doesNotMatch(await read('2'), /"one"|"two"/)
  })
})

describe('a delivery', () => {
  const deliver = async (sent: { headers: Record<string, string>; body: string }, app = 'shop') => {
    const { context, server: own } = await server()
    const answer = await own.inject({
      method: 'POST',
      url: `/v1/hooks/${app}`,
      headers: sent.headers,
      payload: sent.body,
    })
    return {
      status: answer.statusCode,
      body: answer.json(),
      jobs: context.store.jobs({ before: 1000, limit: 10 }),
    }
  }

  test('that GitHub signed queues an update [C4]', async () => {
    const { status, body, jobs } = await deliver(fromGithub(pushOf()))
    assert.deepEqual([status, body.outcome], [202, 'queued'])
    assert.deepEqual([jobs.length, jobs[0]?.kind, jobs[0]?.state], [1, 'update', 'waiting'])
  })

  for (const [what, change] of [
    ['a wrong signature', { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }],
    ['a truncated signature', { 'x-hub-signature-256': 'sha256=00' }],
    ['an empty signature', { 'x-hub-signature-256': '' }],
    ['an old SHA-1 signature alone', { 'x-hub-signature-256': undefined, 'x-hub-signature': 'sha1=00' }],
    ['no signature', { 'x-hub-signature-256': undefined }],
  ] as const)
    test(`with ${what} is answered 401, and changes nothing [C4]`, async () => {
      const { headers, body } = fromGithub(pushOf())
      const changed = Object.fromEntries(
        Object.entries({ ...headers, ...change }).filter(([, value]) => value !== undefined),
      ) as Record<string, string>
      const { status, jobs } = await deliver({ headers: changed, body })
      assert.deepEqual([status, jobs.length], [401, 0])
    })

  test('for an app that there is not, or without a secret, is answered as one without a signature', async () => {
    const unknown = await deliver(fromGithub(pushOf()), 'nothing')
    const unsigned = await deliver(fromGithub(pushOf(), { secret: 'another' }))
    assert.deepEqual([unknown.status, unknown.body], [unsigned.status, unsigned.body])
  })
})
