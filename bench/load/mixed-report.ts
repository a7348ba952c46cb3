import type { Exchange } from './exchange.ts'
import type { Result } from './kinds/session.ts'
import { lossesShown, rounded, summarise } from './report.ts'

export interface Tally {
  readonly started: number
  readonly lost: number
  readonly drained: number
  readonly cut: number
  readonly retried: number
}

export interface MixedReport {
  /** Everything that was started, of every kind. */
  readonly sent: number
  readonly lost: number
  readonly byKind: Readonly<Record<string, Tally>>
  /** The first ones; `atMs` is when it was lost, since the load began. */
  readonly losses: readonly {
    readonly kind: string
    readonly lost: string
    readonly atMs: number
    readonly lastedMs: number
    readonly version: string
  }[]
  /** Of the plain requests, as `latencyMs` and `lagMs` of `Report`. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly lagMs: number
}

/** A plain request beside the sessions; its kind is what it came over. */
export function toResult(exchange: Exchange): Result {
  const { reused, sentAtMs, receivedAtMs } = exchange
  const kind = reused ? 'keep-alive' : 'fresh'
  return { ...exchange, kind, startedAtMs: sentAtMs, endedAtMs: receivedAtMs }
}

export function summariseMixed(exchanges: readonly Exchange[], sessions: readonly Result[]): MixedReport {
  const results = [...exchanges.map(toResult), ...sessions]
  const startMs = results.reduce((first, { startedAtMs }) => Math.min(first, startedAtMs), Number.MAX_VALUE)
  const lost = results.filter((result) => result.lost !== undefined)
  const { latencyMs, lagMs } = summarise(exchanges)
  return {
    sent: results.length,
    lost: lost.length,
    byKind: Object.fromEntries(
      [...Map.groupBy(results, ({ kind }) => kind)].map(([kind, of]) => [kind, tally(of)]),
    ),
    losses: lost
      .toSorted((a, b) => a.endedAtMs - b.endedAtMs)
      .slice(0, lossesShown)
      .map(({ kind, lost = '', version, startedAtMs, endedAtMs }) => ({
        kind,
        lost,
        atMs: rounded(endedAtMs - startMs),
        lastedMs: rounded(endedAtMs - startedAtMs),
        version,
      })),
    p50Ms: latencyMs.p50,
    p99Ms: latencyMs.p99,
    lagMs,
  }
}

function tally(results: readonly Result[]): Tally {
  return {
    started: results.length,
    lost: results.filter(({ lost }) => lost !== undefined).length,
    drained: results.filter(({ drained }) => drained).length,
    cut: results.filter(({ cut }) => cut).length,
    retried: results.reduce((sum, { retried = 0 }) => sum + retried, 0),
  }
}
