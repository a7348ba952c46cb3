import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Exchange } from './load/exchange.ts'
import type { Result } from './load/kinds/session.ts'
import type { MixedReport } from './load/mixed-report.ts'
import type { Report } from './load/report.ts'
import { localhost, type Target } from './load/request.ts'

export interface Load<Summary = Report, Sent = Exchange> {
  readonly report: Summary
  readonly exchanges: readonly Sent[]
}

/** Of every kind: plain requests and sessions. */
export type MixedLoad = Load<MixedReport, Result>

/** Disposing of a load that still runs kills it. */
export interface RunningLoad<Ended = Load> extends Disposable {
  /** Ends the load, unless it ends by itself, and waits for the answers still due. */
  stop(): Promise<Ended>
  /** Waits for a load that ends by itself. */
  ended(): Promise<Ended>
}

/** Plain requests, to what of the example app visitors ask for. */
export function startLoad(target: Target, file: string, options: readonly string[]): RunningLoad {
  const { port, host, tls } = target
  const where = ['--port', String(port), '--host', host, ...(tls ? [] : ['--plain'])]
  return start('load/main.ts', [...where, ...options], file)
}

/** Requests and sessions of every kind, all over TLS, to the app of the bench. */
export function startMixedLoad(
  { port, host, address = localhost }: Target,
  file: string,
  options: readonly string[],
): RunningLoad<MixedLoad> {
  const where = ['--tls-port', String(port), '--host', host, '--address', address]
  return start('load/mixed.ts', [...where, ...options], file)
}

/** Starts a load generator as a process of its own, so that what the bench does cannot delay a request. */
function start<Summary, Sent>(
  program: string,
  options: readonly string[],
  file: string,
): RunningLoad<Load<Summary, Sent>> {
  const argv = [join(import.meta.dirname, program), ...options, '--exchanges', file]
  const child = execa(process.execPath, argv)
  const ended = child.then(async ({ stdout }) => ({
    report: JSON.parse(stdout) as Summary,
    exchanges: (await readFile(file, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Sent),
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
