import type { Entrance } from '../app/app.ts'
import type { Engine } from '../engine/port.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { LoggedRequest } from '../gateway/visits.ts'

/** Of one app, of one class of answers. */
export interface RequestCount {
  app: string
  /** `2xx`, `5xx` and so on. */
  status: string
  count: number
  /** Seconds that all of them took together. */
  seconds: number
}

export interface CountedRequests {
  /** Since the agent began to count. */
  counts: readonly RequestCount[]
  /** Of the time between the last two looks, by app. */
  perSecond: ReadonlyMap<string, number>
}

/** Milliseconds that the first look goes back, and that two looks may be apart: the log may be large. */
const windowMs = 60_000
const longestMs = 3_600_000

interface Asked {
  name: string
  entrance: Entrance
}

/** Counts what visitors asked for, from the access log of each pod, as far as that was not read before. */
export function createRequestCounter({ engine, gateway }: { engine: Engine; gateway: Gateway }) {
  /** The time of the last line that was read, by pod. */
  const read = new Map<string, number>()
  const counts = new Map<string, RequestCount>()
  let lookedAt: number | undefined

  const readPod = async (entrance: Entrance, began: number): Promise<LoggedRequest[]> => {
    const pod = gateway.podFor(entrance)
    const { requests, until } = await gateway.requests(pod, read.get(pod.name) ?? began)
    read.set(pod.name, until)
    return requests
  }
  const add = ({ app, status, durationMs }: LoggedRequest): void => {
    const kind = `${Math.floor(status / 100)}xx`
    const known = counts.get(`${app} ${kind}`) ?? { app, status: kind, count: 0, seconds: 0 }
    const { count, seconds } = known
    counts.set(`${app} ${kind}`, { ...known, count: count + 1, seconds: seconds + durationMs / 1000 })
  }

  return async (apps: readonly Asked[]): Promise<CountedRequests> => {
    const pods = new Map(apps.map(({ entrance }) => [gateway.podFor(entrance).name, entrance]))
    const now = await engine.date()
    if (lookedAt === undefined || now - lookedAt > longestMs) {
      lookedAt = now - windowMs
      read.clear()
    }
    const began = lookedAt
    lookedAt = now
    // A gateway that does not run has no requests.
    const found = await Promise.all([...pods.values()].map((pod) => readPod(pod, began).catch(() => [])))
    const requests = found.flat()
    for (const request of requests) add(request)
    const seconds = Math.max(1000, now - began) / 1000
    const rateOf = (name: string): number => requests.filter(({ app }) => app === name).length / seconds
    return {
      counts: [...counts.values()],
      perSecond: new Map(apps.map(({ name }) => [name, rateOf(name)])),
    }
  }
}
