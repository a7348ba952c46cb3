import { setTimeout as sleep } from 'node:timers/promises'
import type { Result } from './kinds/session.ts'

/** After a session that was lost: a server that refuses all would otherwise be asked without end. */
const pauseMs = 1000

/**
 * Keeps `count` sessions under way until `stop`: when one has ended, another begins. Those under way then are
 * waited for. The first ones begin over `durationMs`, so that a deployment meets sessions of every age.
 */
export async function keepUnderWay(
  run: () => Promise<readonly Result[]>,
  { count, durationMs, stop }: { count: number; durationMs: number; stop: AbortSignal },
): Promise<Result[]> {
  const pause = (ms: number) => sleep(ms, undefined, { signal: stop }).catch(() => undefined)
  const places = Array.from({ length: count }, async (_, place) => {
    const results: Result[] = []
    await pause((place * durationMs) / count)
    while (!stop.aborted) {
      const latest = await run()
      results.push(...latest)
      if (latest.some(({ lost }) => lost !== undefined)) await pause(pauseMs)
    }
    return results
  })
  return (await Promise.all(places)).flat()
}
