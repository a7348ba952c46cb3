import type { Client, Outgoing } from './client.ts'
import type { Exchange } from './exchange.ts'
import type { Routes } from './routes.ts'
import { everyMs, gapsAround, type Mix, onSchedule, planned } from './schedule.ts'

/** Sends `ratePerSecond` requests until `stop` or until it has sent `requests`, then waits for the answers still due. */
export async function steadyLoad(
  client: Client,
  {
    ratePerSecond,
    requests = Number.POSITIVE_INFINITY,
    mix,
    routes,
    stop,
  }: { ratePerSecond: number; requests?: number; mix: Mix; routes: Routes; stop: AbortSignal },
): Promise<Exchange[]> {
  const exchanges: Promise<Exchange>[] = []
  const fire = (scheduledAtMs: number): void => {
    const index = exchanges.length
    const { method, fresh } = planned(index, mix)
    exchanges.push(client.send(outgoing(method, routes, { index, scheduledAtMs }), fresh))
  }
  await onSchedule(everyMs(1000 / ratePerSecond, requests), fire, stop)
  return Promise.all(exchanges)
}

/**
 * Uses every connection at the same instant, again and again with gaps around `aroundMs`. At the same
 * instant, because a gateway keeps a small pool of connections to the app and takes the last used first:
 * requests spread over time would share one that is never idle long enough to meet the app's time-out.
 */
export async function spacedLoad(
  client: Client,
  {
    aroundMs,
    rounds,
    post,
    routes,
    stop,
  }: { aroundMs: number; rounds: number; post: number; routes: Routes; stop: AbortSignal },
): Promise<Exchange[]> {
  const exchanges: Promise<Exchange>[] = []
  const fire = (scheduledAtMs: number): void => {
    const first = exchanges.length
    exchanges.push(
      ...client.sendOnEach((connection) => {
        const index = first + connection
        return outgoing(planned(index, { post, fresh: 0 }).method, routes, { index, scheduledAtMs })
      }),
    )
  }
  await onSchedule(runningSums(gapsAround(aroundMs, rounds - 1)), fire, stop)
  return Promise.all(exchanges)
}

function outgoing(
  method: 'GET' | 'POST',
  routes: Routes,
  { index, scheduledAtMs }: { index: number; scheduledAtMs: number },
): Outgoing {
  if (method === 'GET') return { method, path: routes.get[index % routes.get.length] ?? '/', scheduledAtMs }
  // The process id keeps the codes of several loads on one app apart.
  return { method, path: routes.post, scheduledAtMs, code: `load-${process.pid}-${index}` }
}

function runningSums(gaps: readonly number[]): number[] {
  let sum = 0
  return [0, ...gaps.map((gap) => (sum += gap))]
}
