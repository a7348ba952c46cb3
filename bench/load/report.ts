import { percentile } from '../statistics.ts'
import type { Exchange } from './exchange.ts'

export const lossesShown = 20

export interface Loss {
  readonly kind: string
  /** Since the first request was due. */
  readonly atMs: number
  readonly method: string
  readonly path: string
  readonly reused: boolean
}

export interface Sighting {
  readonly version: string
  readonly answers: number
  readonly firstMs: number
  readonly lastMs: number
}

export interface Report {
  readonly sent: number
  readonly lost: number
  readonly losses: readonly Loss[]
  /** From the time a request was due to the end of its answer; lost ones left out. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number }
  /** How late the generator itself was at worst: when this is large, blame the machine for the latencies. */
  readonly lagMs: number
  /** In the order of their first answers. */
  readonly versions: readonly Sighting[]
}

export function summarise(exchanges: readonly Exchange[]): Report {
  const startMs = exchanges[0]?.scheduledAtMs ?? 0
  const lost = exchanges.filter((exchange) => exchange.lost !== undefined)
  const answered = exchanges.filter((exchange) => exchange.lost === undefined)
  const latencies = answered.map((exchange) => exchange.receivedAtMs - exchange.scheduledAtMs)
  const lags = exchanges.map((exchange) => exchange.sentAtMs - exchange.scheduledAtMs)
  return {
    sent: exchanges.length,
    lost: lost.length,
    losses: lost.slice(0, lossesShown).map((exchange) => toLoss(exchange, startMs)),
    latencyMs: {
      p50: rounded(percentile(latencies, 0.5)),
      p99: rounded(percentile(latencies, 0.99)),
      max: rounded(percentile(latencies, 1)),
    },
    lagMs: rounded(percentile(lags, 1)),
    versions: sightings(answered, startMs),
  }
}

function toLoss(exchange: Exchange, startMs: number): Loss {
  const { method, path, reused, lost = '', receivedAtMs } = exchange
  return { kind: lost, atMs: rounded(receivedAtMs - startMs), method, path, reused }
}

function sightings(answered: readonly Exchange[], startMs: number): Sighting[] {
  const received = answered.toSorted((a, b) => a.receivedAtMs - b.receivedAtMs)
  return [...Map.groupBy(received, (exchange) => exchange.version)].map(([version, answers]) => ({
    version,
    answers: answers.length,
    firstMs: rounded((answers.at(0)?.receivedAtMs ?? startMs) - startMs),
    lastMs: rounded((answers.at(-1)?.receivedAtMs ?? startMs) - startMs),
  }))
}

export function rounded(ms: number): number {
  return Math.round(ms * 10) / 10
}
