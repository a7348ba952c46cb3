import { z } from 'zod'
import { createClient } from './client.ts'
import { steadyLoad } from './generate.ts'
import { keepUnderWay } from './keep-under-way.ts'
import { type KindName, kinds } from './kinds/all.ts'
import { summariseMixed, toResult } from './mixed-report.ts'
import { positive, positiveInt, readOptions, requestOptions } from './options.ts'
import { finish, stopWithStdin } from './program.ts'
import type { Target } from './request.ts'
import { itemRoutes } from './routes.ts'

const count = z.coerce.number().int().min(0)

const schema = z.object({
  ...requestOptions,
  rate: positive.default(100),
  /** Without it, until stdin ends. */
  requests: positiveInt.default(Number.MAX_SAFE_INTEGER),
  /** Plain HTTP, for all kinds but http2; without it they use the TLS port too. */
  port: positiveInt.optional(),
  /** Without it there is no http2, which browsers speak over TLS only. */
  'tls-port': positiveInt.optional(),
  http2: count.default(kinds.http2.count),
  'slow-upload': count.default(kinds['slow-upload'].count),
  'slow-answer': count.default(kinds['slow-answer'].count),
  events: count.default(kinds.events.count),
  websocket: count.default(kinds.websocket.count),
  'long-websocket': count.default(kinds['long-websocket'].count),
  /** Instead of each kind's own duration, which the long WebSockets keep. */
  'session-seconds': positive.optional(),
  'websocket-seconds': positive.optional(),
  /** A file that the gateway serves itself, asked for as often as the page. */
  file: z.string().optional(),
})

const everyMs = 1000
const patienceMs = 30_000

const options = readOptions(schema, process.argv.slice(2))
const { address, host, rate, requests, post, fresh } = options
const plain = options.port && { port: options.port, host, address, tls: false }
const secure = options['tls-port'] && { port: options['tls-port'], host, address, tls: true }
const target = plain || secure
if (!target) throw new Error('there is nothing to load: give --port, --tls-port or both')

const stopping = stopWithStdin()
const client = createClient(target, options.connections)
const underWay = [
  ...(secure ? [start('http2', secure)] : []),
  start('slow-upload', target),
  start('slow-answer', target),
  start('events', target),
  start('websocket', target, options['websocket-seconds']),
  start('long-websocket', target, kinds['long-websocket'].seconds),
]
const exchanges = await steadyLoad(client, {
  ratePerSecond: rate,
  requests,
  mix: { post, fresh },
  routes: options.file === undefined ? itemRoutes : { ...itemRoutes, get: [...itemRoutes.get, options.file] },
  stop: stopping.signal,
})
stopping.abort()
const sessions = (await Promise.all(underWay)).flat()
client.close()

const results = [...exchanges.map(toResult), ...sessions]
await finish(summariseMixed(exchanges, sessions), results, options.exchanges)

function start(name: KindName, target: Target, seconds = options['session-seconds']) {
  const { run, seconds: usual } = kinds[name]
  const durationMs = 1000 * (seconds ?? usual)
  const pace = { durationMs, everyMs, patienceMs }
  return keepUnderWay(() => run(target, pace), { count: options[name], durationMs, stop: stopping.signal })
}
