import { z } from 'zod'
import { createClient } from './client.ts'
import { spacedLoad, steadyLoad } from './generate.ts'
import { positive, positiveInt, readOptions, requestOptions } from './options.ts'
import { finish, stopWithStdin } from './program.ts'
import { summarise } from './report.ts'
import { pageRoutes, visitRoutes } from './routes.ts'

const schema = z.object({
  ...requestOptions,
  port: positiveInt,
  plain: z.boolean().default(false),
  'pages-only': z.boolean().default(false),
  'spaced-ms': positive.optional(),
  rounds: z.coerce.number().int().min(3).default(42),
})

const options = readOptions(schema, process.argv.slice(2), ['plain', 'pages-only'])
const { address, host, post, fresh, rounds } = options
const client = createClient({ port: options.port, host, address, tls: !options.plain }, options.connections)
const stop = stopWithStdin().signal

const aroundMs = options['spaced-ms']
const exchanges = aroundMs
  ? await spacedLoad(client, { aroundMs, rounds, post, routes: pageRoutes, stop })
  : await steadyLoad(client, {
      ratePerSecond: options.rate,
      mix: { post, fresh },
      routes: options['pages-only'] ? pageRoutes : visitRoutes,
      stop,
    })
client.close()

await finish(summarise(exchanges), exchanges, options.exchanges)
