import { setTimeout as sleep } from 'node:timers/promises'
import { readLiveModel } from '../deploy/live-model.ts'
import { observe } from '../deploy/observe.ts'
import type { Services } from '../deploy/with-app.ts'
import type { Container, LogLine } from '../engine/port.ts'

export interface WantedLogs {
  apps: readonly string[]
  /** Whether each line has the whole name of its container, which tells the apps apart. */
  hasFullNames: boolean
  /** One service, or `gateway` for what visitors asked for; all without it. */
  service: string | undefined
  /** Seconds since the epoch. */
  since: string | undefined
  /** Lines of each container at first; all that there is without it. */
  tail: number | undefined
  follow: boolean
}

export interface NamedLine extends LogLine {
  /** The container; unless `hasFullNames`, without what all of its app have in front. */
  name: string
}

/** What the requests of visitors are listed under. */
export const gatewayName = 'gateway'

/** Milliseconds between two looks at which containers there are. */
const lookMs = 1000

/** A container whose output is read, and for the gateway which of its lines. */
interface Source {
  id: string
  name: string
  running: boolean
  isWanted: (text: string) => boolean
}

type Needs = Pick<Services, 'engine' | 'gateway' | 'store' | 'files'>

/**
 * Reads what all containers wrote, in the order of its time; with `follow` it goes on with each that comes, so over
 * deployments too, until the signal.
 */
export async function readLogs(
  wanted: WantedLogs,
  services: Needs,
  { signal, onLine }: { signal: AbortSignal; onLine: (line: NamedLine) => void },
): Promise<void> {
  const sources = await findSources(wanted, services)
  const earlier = await Promise.all(sources.map((source) => readOnce(source, wanted, services, signal)))
  for (const line of earlier.flat().sort((a, b) => a.at.localeCompare(b.at))) onLine(line)
  if (!wanted.follow) return
  const ends = new Map(sources.map(({ id }, index) => [id, earlier[index]?.at(-1)?.at]))
  await follow(wanted, services, { signal, onLine, ends })
}

async function readOnce(
  { id, name, isWanted }: Source,
  { since, tail }: Pick<WantedLogs, 'since' | 'tail'>,
  { engine }: Needs,
  signal: AbortSignal,
): Promise<NamedLine[]> {
  const lines: NamedLine[] = []
  await engine.streamLogs(id, {
    ...(since === undefined ? {} : { since }),
    ...(tail === undefined ? {} : { tail }),
    follow: false,
    signal,
    onLine: (line) => {
      if (isWanted(line.text)) lines.push({ ...line, name })
    },
  })
  return lines
}

interface Following {
  signal: AbortSignal
  onLine: (line: NamedLine) => void
  /** The time of the last line of each container that was read before. */
  ends: Map<string, string | undefined>
}

async function follow(
  wanted: WantedLogs,
  services: Needs,
  { signal, onLine, ends }: Following,
): Promise<void> {
  const began = secondsOf(new Date().toISOString())
  const open = new Set<string>()
  const read = async ({ id, name, isWanted }: Source): Promise<void> => {
    open.add(id)
    const last = ends.get(id)
    // Of one that came later, all; of one that has been silent, all from now on.
    const since = last === undefined ? (ends.has(id) ? began : undefined) : after(last)
    await services.engine
      .streamLogs(id, {
        ...(since === undefined ? {} : { since }),
        follow: true,
        signal,
        onLine: (line) => {
          ends.set(id, line.at)
          if (isWanted(line.text)) onLine({ ...line, name })
        },
      })
      // It may be gone before it was asked; when it runs again it is found again.
      .catch(() => undefined)
    open.delete(id)
  }
  while (!signal.aborted) {
    const sources = await findSources(wanted, services)
    for (const source of sources) if (source.running && !open.has(source.id)) void read(source)
    await sleep(lookMs, undefined, { signal }).catch(() => undefined)
  }
}

async function findSources(wanted: WantedLogs, services: Needs): Promise<Source[]> {
  const found = await Promise.all(wanted.apps.map((app) => sourcesOf(app, wanted, services)))
  const byId = new Map<string, Source>()
  for (const source of found.flat()) {
    const known = byId.get(source.id)
    // The gateway of several apps is one container, read once.
    const isWanted = (text: string): boolean => known?.isWanted(text) === true || source.isWanted(text)
    byId.set(source.id, { ...source, isWanted })
  }
  return [...byId.values()]
}

async function sourcesOf(
  name: string,
  { service, hasFullNames }: WantedLogs,
  services: Needs,
): Promise<Source[]> {
  const { engine, gateway } = services
  const app = await readLiveModel(name, services)
  const { live } = await observe(app, services)
  const containers = await engine.containers({ app: name })
  const isLive = ({ release }: Container): boolean => release === undefined || release === live
  const own = containers.filter((each) => isLive(each) && (service ?? each.service) === each.service)
  // A service of that name is meant before the gateway is.
  const isWatched = service === undefined || (service === gatewayName && own.length === 0)
  const pod = gateway.podFor(app.entrance).name
  const nginx = isWatched ? await engine.containers({ pod, role: 'nginx' }) : []
  return [
    ...own.map((each) => ({
      ...source(each, hasFullNames ? each.name : shortName(each)),
      isWanted: () => true,
    })),
    ...nginx.map((each) => ({ ...source(each, gatewayName), isWanted: isOf(name) })),
  ]
}

function source({ id, running }: Container, name: string): Omit<Source, 'isWanted'> {
  return { id, name, running }
}

/** `shop-r12-web-r12-1` is `web-r12-1`, and `shop-db-1` is `db-1`. */
function shortName({ name, app, release }: Container): string {
  const prefix = release === undefined ? `${app}-` : `${app}-r${release}-`
  return name.startsWith(prefix) ? name.slice(prefix.length) : name
}

/** nginx writes the requests of each app with its name (src/gateway/config/log.ts), and what went wrong as text. */
function isOf(app: string): (text: string) => boolean {
  const mark = `"app":"${app}"`
  return (text) => text.startsWith('{') && text.includes(mark)
}

/** Seconds since the epoch of a time in RFC 3339, with its nanoseconds. */
export function secondsOf(at: string): string {
  const fraction = /\.(\d+)/.exec(at)?.[1] ?? ''
  const seconds = Math.floor(Date.parse(at) / 1000)
  return `${seconds}.${fraction.padEnd(9, '0').slice(0, 9)}`
}

/** The next nanosecond: Docker counts a line of exactly that time in. */
function after(at: string): string {
  const [seconds = '0', nanoseconds = '0'] = secondsOf(at).split('.')
  const next = Number(nanoseconds) + 1
  return next < 1e9 ? `${seconds}.${String(next).padStart(9, '0')}` : `${Number(seconds) + 1}.000000000`
}
