import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Exchange } from './load/exchange.ts'
import type { Report } from './load/report.ts'
import type { Target } from './load/request.ts'

export interface Load {
  readonly report: Report
  readonly exchanges: readonly Exchange[]
}

/** Disposing of a load that still runs kills it. */
export interface RunningLoad extends Disposable {
  /** Ends the load, unless it ends by itself, and waits for the answers still due. */
  stop(): Promise<Load>
  /** Waits for a load that ends by itself. */
  ended(): Promise<Load>
}

/** Starts the load generator as a process of its own, so that what the bench does cannot delay a request. */
export function startLoad(target: Target, file: string, options: readonly string[]): RunningLoad {
  const main = join(import.meta.dirname, 'load/main.ts')
  const { port, host, tls } = target
  const where = ['--port', String(port), '--host', host, ...(tls ? [] : ['--plain']), '--exchanges', file]
  const child = execa(process.execPath, [main, ...where, ...options])
  const ended = child.then(async ({ stdout }) => ({
    report: JSON.parse(stdout) as Report,
    exchanges: (await readFile(file, 'utf8')).trimEnd().split('\n').map(parseExchange),
  }))
  // A load that dies is reported when it is awaited, not as an unhandled rejection meanwhile.
  ended.catch(() => undefined)
  return {
    async stop() {
      child.stdin.end()
      return ended
    },
    ended: () => ended,
    [Symbol.dispose]() {
      child.kill()
    },
  }
}

function parseExchange(line: string): Exchange {
  return JSON.parse(line)
}
