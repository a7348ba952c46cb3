import { writeFile } from 'node:fs/promises'
import { createClient } from './client.ts'
import { pages, spacedLoad, steadyLoad, visits } from './generate.ts'
import { readOptions } from './options.ts'
import { summarise } from './report.ts'

const options = readOptions(process.argv.slice(2))
const client = createClient(
  { port: options.port, host: options.host, tls: !options.plain },
  options.connections,
)

// The end of stdin stops the load, so a load never outlives the bench that started it.
const stopping = new AbortController()
process.stdin.on('end', () => stopping.abort()).resume()

const aroundMs = options['spaced-ms']
const exchanges = aroundMs
  ? await spacedLoad(client, { aroundMs, rounds: options.rounds, post: options.post, stop: stopping.signal })
  : await steadyLoad(client, {
      ratePerSecond: options.rate,
      mix: { post: options.post, fresh: options.fresh },
      paths: options['pages-only'] ? pages : visits,
      stop: stopping.signal,
    })
client.close()
process.stdin.destroy()

if (options.exchanges) {
  await writeFile(options.exchanges, exchanges.map((exchange) => `${JSON.stringify(exchange)}\n`).join(''))
}
process.stdout.write(`${JSON.stringify(summarise(exchanges))}\n`)
