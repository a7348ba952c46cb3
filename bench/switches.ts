import type { Exchange } from './load/exchange.ts'

export interface Switch {
  /** When the command that switches was started. */
  readonly startedAtMs: number
  /** The version that it switches to: an older one, for a rollback. */
  readonly to: string
}

/**
 * Answers that went back, of those that carry a version: the request was sent after an answer of the version switched to had been
 * received, and before the next switch, yet was answered by another version. Concurrent requests may meet
 * either version while a switch takes place; a visitor who has seen the new one must not see the old again.
 */
export function countRegressions(exchanges: readonly Exchange[], switches: readonly Switch[]): number {
  return windows(switches)
    .map(({ to, startMs, endMs }) => {
      const seenMs = firstSeenMs(exchanges, to, startMs)
      return exchanges.filter(
        ({ lost, sentAtMs, version }) =>
          lost === undefined && version !== '' && sentAtMs > seenMs && sentAtMs < endMs && version !== to,
      ).length
    })
    .reduce((sum, count) => sum + count, 0)
}

/** Switches whose version no answer carried before the next one began: they did not happen. */
export function unseenSwitches(exchanges: readonly Exchange[], switches: readonly Switch[]): string[] {
  return windows(switches)
    .filter(({ to, startMs, endMs }) => firstSeenMs(exchanges, to, startMs) >= endMs)
    .map(({ to }) => to)
}

/**
 * For each switch, how long after its start all traffic was on its version: until the first such answer
 * after which, in its window, no request was lost or answered by another version. NaN when it never was.
 */
export function settledAfterMs(exchanges: readonly Exchange[], switches: readonly Switch[]): number[] {
  return windows(switches).map(({ to, startMs, endMs }) => {
    const within = exchanges
      .filter(({ receivedAtMs }) => receivedAtMs >= startMs && receivedAtMs < endMs)
      .filter(({ lost, version }) => lost !== undefined || version !== '')
      .toSorted((a, b) => a.receivedAtMs - b.receivedAtMs)
    const last = within.findLastIndex(({ lost, version }) => lost !== undefined || version !== to)
    return (within[last + 1]?.receivedAtMs ?? Number.NaN) - startMs
  })
}

function windows(switches: readonly Switch[]) {
  return switches.map(({ startedAtMs, to }, index) => ({
    to,
    startMs: startedAtMs,
    endMs: switches[index + 1]?.startedAtMs ?? Number.MAX_VALUE,
  }))
}

function firstSeenMs(exchanges: readonly Exchange[], version: string, fromMs: number): number {
  return exchanges
    .filter((exchange) => exchange.lost === undefined && exchange.version === version)
    .filter((exchange) => exchange.sentAtMs >= fromMs)
    .reduce((first, exchange) => Math.min(first, exchange.receivedAtMs), Number.MAX_VALUE)
}
