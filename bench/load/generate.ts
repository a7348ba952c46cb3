import type { Client, Outgoing } from './client.ts'
import type { Exchange } from './exchange.ts'
import { everyMs, gapsAround, type Mix, onSchedule, planned } from './schedule.ts'

/** A visit: a page and the files that it names. Files come from the gateway and have no version. */
const files = ['/static/certificates/site.css', '/static/certificates/icon.svg']
export const pages = ['/', '/verify/']
export const visits = pages.flatMap((page) => [page, ...files, ...files])

/** Sends `ratePerSecond` requests until `stop`, then waits for the answers still due. */
export async function steadyLoad(
  client: Client,
  {
    ratePerSecond,
    mix,
    paths,
    stop,
  }: { ratePerSecond: number; mix: Mix; paths: readonly string[]; stop: AbortSignal },
): Promise<Exchange[]> {
  const exchanges: Promise<Exchange>[] = []
  const fire = (scheduledAtMs: number): void => {
    const index = exchanges.length
    const { method, fresh } = planned(index, mix)
    exchanges.push(
      client.send(outgoing(method, paths[index % paths.length] ?? '/', { index, scheduledAtMs }), fresh),
    )
  }
  await onSchedule(everyMs(1000 / ratePerSecond), fire, stop)
  return Promise.all(exchanges)
}

/**
 * Uses every connection at the same instant, again and again with gaps around `aroundMs`. At the same
 * instant, because a gateway keeps a small pool of connections to the app and takes the last used first:
 * requests spread over time would share one that is never idle long enough to meet the app's time-out.
 */
export async function spacedLoad(
  client: Client,
  { aroundMs, rounds, post, stop }: { aroundMs: number; rounds: number; post: number; stop: AbortSignal },
): Promise<Exchange[]> {
  const exchanges: Promise<Exchange>[] = []
  const fire = (scheduledAtMs: number): void => {
    const first = exchanges.length
    exchanges.push(
      ...client.sendOnEach((connection) => {
        const index = first + connection
        const path = pages[index % pages.length] ?? '/'
        return outgoing(planned(index, { post, fresh: 0 }).method, path, { index, scheduledAtMs })
      }),
    )
  }
  await onSchedule(runningSums(gapsAround(aroundMs, rounds - 1)), fire, stop)
  return Promise.all(exchanges)
}

function outgoing(
  method: 'GET' | 'POST',
  path: string,
  { index, scheduledAtMs }: { index: number; scheduledAtMs: number },
): Outgoing {
  if (method === 'GET') return { method, path, scheduledAtMs }
  // The process id keeps the codes of several loads on one app apart.
  return { method, path: '/api/verifications/', scheduledAtMs, code: `load-${process.pid}-${index}` }
}

function runningSums(gaps: readonly number[]): number[] {
  let sum = 0
  return [0, ...gaps.map((gap) => (sum += gap))]
}
