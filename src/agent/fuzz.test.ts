import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { agentContext, fromGithub } from '../../test/support/agent.ts'
import { routes } from './routes/all.ts'
import { createServer } from './server.ts'

/** More of them: FUZZ_RUNS=100000 node --test src/agent/fuzz.test.ts */
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 1500)
const patienceMs = 1000

const hostile = fc.constantFrom(
  '--upload-pack=x',
  'a;b',
  '$(touch x)',
  '../../etc/passwd',
  '%00',
  '-',
  '🦀',
  '__proto__',
)
const word = fc.oneof(
  hostile,
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.constant('shop'),
  fc.constant('1'),
)
const headerValue = fc.string({ maxLength: 60 }).filter((text) => /^[\x20-\x7e]*$/.test(text))
const value = fc.oneof(fc.jsonValue(), word)

/** Something like a push: its keys are right, and what they hold need not be. */
const push = fc.record(
  {
    ref: fc.oneof(
      word.map((name) => `refs/heads/${name}`),
      value,
    ),
    after: value,
    deleted: value,
    forced: value,
    commits: fc.oneof(
      fc.array(fc.record({ added: value, removed: value, modified: value }), { maxLength: 3 }),
      value,
    ),
    total_commits_count: value,
  },
  { requiredKeys: [] },
)

test('no request of any form ends in a crash, a 500 or a wait', async (t) => {
  const context = agentContext()
  const server = await createServer(context, 'socket')
  t.after(() => server.close())
  const known = routes.filter(({ answer }) => answer.kind !== 'events')
  const request = fc.record({
    route: fc.constantFrom(...known),
    parameter: word,
    query: fc.record({ before: word, limit: word, app: word }, { requiredKeys: [] }),
    body: fc.oneof(fc.json(), fc.string({ unit: 'binary', maxLength: 200 })),
    headers: fc.record(
      {
        'content-type': headerValue,
        origin: headerValue,
        'x-github-event': headerValue,
        authorization: headerValue,
      },
      { requiredKeys: [] },
    ),
  })
  await fc.assert(
    fc.asyncProperty(request, async ({ route, parameter, query, body, headers }) => {
      const path = route.path.replaceAll(/:\w+/g, encodeURIComponent(parameter.toWellFormed()))
      const text = Object.entries(query).map(
        ([key, each]) => `${key}=${encodeURIComponent(each.toWellFormed())}`,
      )
      const began = performance.now()
      const answer = await server.inject({
        method: route.method,
        url: `${path}?${text.join('&')}`,
        headers,
        ...(route.method === 'GET' ? {} : { payload: body }),
      })
      assert.ok(answer.statusCode < 500, `${answer.statusCode} ${answer.body}`)
      assert.ok(performance.now() - began < patienceMs)
    }),
    { numRuns },
  )
  assert.deepEqual(context.reports, [])
})

test('no signed delivery of any form ends in a crash, a 500 or a wait', async (t) => {
  const context = agentContext()
  const server = await createServer(context, 'socket')
  t.after(() => server.close())
  const event = fc.constantFrom('push', 'ping', 'delete', '')
  await fc.assert(
    fc.asyncProperty(fc.oneof(push, fc.jsonValue()), event, headerValue, async (payload, event, id) => {
      const { headers, body } = fromGithub(payload, { event, id })
      const began = performance.now()
      const answer = await server.inject({ method: 'POST', url: '/v1/hooks/shop', headers, payload: body })
      assert.ok([200, 202, 400].includes(answer.statusCode), `${answer.statusCode} ${answer.body}`)
      assert.ok(performance.now() - began < patienceMs)
    }),
    { numRuns },
  )
  assert.deepEqual(context.reports, [])
})
