import { setTimeout as sleep } from 'node:timers/promises'
import { nowMs } from '../clock.ts'

export interface Mix {
  /** Share of POST, 0 to 1. */
  readonly post: number
  /** Share of requests on a connection of their own, 0 to 1. */
  readonly fresh: number
}

export interface Planned {
  readonly method: 'GET' | 'POST'
  readonly fresh: boolean
}

/**
 * What the n-th request is. Multiples of an irrational number spread evenly at every scale, and two
 * different ones keep the shares independent: fresh connections carry GET and POST alike, in every run.
 */
export function planned(index: number, mix: Mix): Planned {
  return {
    method: (index * Math.SQRT2) % 1 < mix.post ? 'POST' : 'GET',
    fresh: (index * Math.sqrt(3)) % 1 < mix.fresh,
  }
}

/**
 * `count` gaps from 90% to 110% of `aroundMs`, closest together around it: an app server drops the connections
 * of a burst within some 30 ms of its time-out, and only a request that comes meanwhile can be lost.
 */
export function gapsAround(aroundMs: number, count: number): number[] {
  return Array.from(
    { length: count },
    (_, step) => aroundMs * (1 + 0.1 * ((2 * step) / (count - 1) - 1) ** 3),
  )
}

/**
 * Calls `fire` at every time of `timesMs` (counted from now) until `stop`. The times are absolute: a late
 * call does not delay the ones after it, so a server that stalls gets the same requests as one that does not.
 */
export async function onSchedule(
  timesMs: Iterable<number>,
  fire: (scheduledAtMs: number) => void,
  stop: AbortSignal,
): Promise<void> {
  const startMs = nowMs()
  for (const timeMs of timesMs) {
    const waitMs = Math.ceil(startMs + timeMs - nowMs())
    if (waitMs > 0) await sleep(waitMs, undefined, { signal: stop }).catch(() => undefined)
    if (stop.aborted) return
    fire(startMs + timeMs)
  }
}

export function* everyMs(intervalMs: number, times: number): Generator<number> {
  for (let count = 0; count < times; count++) yield count * intervalMs
}
