import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import fc from 'fast-check'
import { routes } from '../../../src/agent/routes/all.ts'
import { createServer } from '../../../src/agent/server.ts'
import { agentContext, fromGithub } from '../agent.ts'
import { type Fuzzed, type FuzzOptions, fuzz } from './fuzz.ts'
import { headerValue, value, word } from './values.ts'

/** Requests of any form to every route, as the owner of the socket, whom nothing is refused. */
export async function fuzzApi(options: FuzzOptions): Promise<Fuzzed> {
  const known = routes.filter(({ answer }) => answer.kind !== 'events')
  const request = fc.record({
    route: fc.constantFrom(...known),
    parameter: word,
    query: fc.record({ before: word, limit: word, app: word, tail: word }, { requiredKeys: [] }),
    body: fc.oneof(fc.json(), fc.string({ unit: 'binary', maxLength: 200 }), long),
    headers: fc.record(
      {
        'content-type': headerValue,
        'content-encoding': headerValue,
        origin: headerValue,
        'x-github-event': headerValue,
        authorization: headerValue,
      },
      { requiredKeys: [] },
    ),
  })
  return withServer(async ({ server }) =>
    fuzz(request, options, async ({ route, parameter, query, body, headers }) => {
      const path = route.path.replaceAll(/:\w+/g, encodeURIComponent(parameter.toWellFormed()))
      const text = Object.entries(query).map(
        ([key, each]) => `${key}=${encodeURIComponent(each.toWellFormed())}`,
      )
      const answer = await server.inject({
        method: route.method,
        url: `${path}?${text.join('&')}`,
        headers,
        ...(route.method === 'GET' ? {} : { payload: body }),
      })
      assert.ok(answer.statusCode < 500, `${answer.statusCode} ${answer.body}`)
    }),
  )
}

const long = fc.nat(200_000).map((length) => `{"x":"${'x'.repeat(length)}"}`)

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

/** Deliveries that are signed, so that all that they say is read. */
export async function fuzzHooks(options: FuzzOptions): Promise<Fuzzed> {
  const delivery = fc.record({
    payload: fc.oneof(push, fc.jsonValue()),
    event: fc.constantFrom('push', 'ping', 'delete', ''),
    id: headerValue,
  })
  return withServer(async ({ server }) =>
    fuzz(delivery, options, async ({ payload, event, id }) => {
      const { headers, body } = fromGithub(payload, { event, id })
      const answer = await server.inject({ method: 'POST', url: '/v1/hooks/shop', headers, payload: body })
      assert.ok([200, 202, 400].includes(answer.statusCode), `${answer.statusCode} ${answer.body}`)
    }),
  )
}

/** Bytes on a real connection that may be no HTTP at all. After each the server has to answer a good request. */
export async function fuzzConnections(options: FuzzOptions): Promise<Fuzzed> {
  const line = fc.oneof(
    word.map((name) => `GET /v1/${name} HTTP/1.1\r\n`),
    fc.constantFrom('POST /v1/hooks/shop HTTP/1.1\r\n', 'GET / HTTP/9.9\r\n', '\r\n', '\0'),
    fc.tuple(headerValue, headerValue).map(([name, text]) => `${name}: ${text}\r\n`),
    fc.constantFrom('Transfer-Encoding: chunked\r\n', 'Content-Length: -1\r\n', 'Expect: 100-continue\r\n'),
    fc.string({ unit: 'binary', maxLength: 100 }),
  )
  const bytes = fc.array(line, { maxLength: 8 }).map((lines) => Buffer.from(lines.join('')))
  return withServer(async ({ server }) => {
    await server.listen({ host: '127.0.0.1', port: 0 })
    const { port } = server.server.address() as AddressInfo
    return fuzz(bytes, options, async (sent) => {
      const socket = connect(port, '127.0.0.1')
      let answered = ''
      socket.on('data', (part) => {
        answered += part
      })
      socket.on('error', () => undefined)
      socket.end(sent)
      await once(socket, 'close')
      assert.doesNotMatch(answered, /^HTTP\/1\.1 5/m)
      const { statusCode } = await server.inject({ url: '/v1/apps' })
      assert.equal(statusCode, 200)
    })
  })
}

type Server = Awaited<ReturnType<typeof createServer>>

async function withServer<T>(work: (parts: { server: Server }) => Promise<T>): Promise<T> {
  const context = agentContext()
  const server = await createServer(context, 'socket')
  try {
    const result = await work({ server })
    // What a handler did not expect is told to the log of the agent, and nowhere else.
    assert.deepEqual(context.reports, [])
    return result
  } finally {
    await server.close()
  }
}
