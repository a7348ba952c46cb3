import type { App } from '../app/app.ts'
import { readLiveModel } from '../deploy/live-model.ts'
import { observe } from '../deploy/observe.ts'
import type { Services } from '../deploy/with-app.ts'
import type { Container } from '../engine/port.ts'
import { type Metric, renderMetrics, type Sample } from './prometheus.ts'
import { type CountedRequests, createRequestCounter } from './requests.ts'

type Needs = Pick<Services, 'engine' | 'gateway' | 'store' | 'files' | 'certificates'>

/** What there is to tell of an app. */
interface Seen {
  app: App
  live: number | undefined
  running: readonly (Container & { cpus: number | undefined; memory: number | undefined })[]
  certificateEnds: number | undefined
}

/** Measures what runs, and what visitors asked for, in the text format of Prometheus. */
export function createMetrics(services: Needs, now: () => number): () => Promise<string> {
  const countRequests = createRequestCounter(services)
  return async () => {
    const names = services.store.apps().map(({ name }) => name)
    // One that cannot be read now is missing, and the others are there.
    const looked = await Promise.all(names.map((name) => look(name, services).catch(() => undefined)))
    const seen = looked.filter((each) => each !== undefined)
    const requests = await countRequests(seen.map(({ app }) => app))
    return renderMetrics([
      ...describeContainers(seen),
      ...describeRequests(requests),
      ...describeApps(seen, services, now()),
      ...describeAgent(services),
    ])
  }
}

async function look(name: string, services: Needs): Promise<Seen> {
  const { engine, gateway, certificates } = services
  const app = await readLiveModel(name, services)
  const { live } = await observe(app, services)
  const containers = await engine.containers({ app: name })
  const running = containers.filter((each) => each.running && (each.release ?? live) === live)
  const used = await Promise.all(running.map(async (each) => ({ ...each, ...(await engine.usage(each.id)) })))
  const certificate = await certificates.facts(gateway.podFor(app.entrance), app)
  const ends = certificate === undefined ? undefined : Date.parse(certificate.expiresAt)
  return { app, live, running: used, certificateEnds: ends }
}

function describeContainers(seen: readonly Seen[]): Metric[] {
  const containers = seen.flatMap(({ running }) => running)
  const of = (value: (one: (typeof containers)[number]) => number | undefined): Sample[] =>
    containers.flatMap((each) => sample(labelsOf(each), value(each)))
  const counted = seen.flatMap(({ app, running }) =>
    app.services
      .filter(({ role }) => role !== 'replaced' && role !== 'job')
      .map(({ name, replicas }) => ({
        labels: { app: app.name, service: name },
        value: running.filter(({ service }) => service === name).length,
        wanted: replicas,
      })),
  )
  return [
    gauge(
      'muelle_container_cpu_cores',
      'Processor cores that a container keeps busy.',
      of(({ cpus }) => cpus),
    ),
    gauge(
      'muelle_container_memory_bytes',
      'Memory that a container takes, as docker stats counts.',
      of(({ memory }) => memory),
    ),
    gauge('muelle_replicas_running', 'Containers of a service that run.', counted),
    gauge(
      'muelle_replicas_wanted',
      'Containers of a service that are to run.',
      counted.map(({ labels, wanted }) => ({ labels, value: wanted })),
    ),
  ]
}

function labelsOf({ app, service, name, release }: Container): Record<string, string> {
  return { app, service, container: name, ...(release === undefined ? {} : { release: String(release) }) }
}

function describeRequests({ counts, perSecond }: CountedRequests): Metric[] {
  const labelled = counts.map(({ app, status, count, seconds }) => ({
    labels: { app, status },
    count,
    seconds,
  }))
  return [
    counter(
      'muelle_requests_total',
      'Requests of visitors since the agent began to count, by class of answer.',
      labelled.map(({ labels, count }) => ({ labels, value: count })),
    ),
    counter(
      'muelle_request_seconds_total',
      'Seconds that these requests took together.',
      labelled.map(({ labels, seconds }) => ({ labels, value: seconds })),
    ),
    gauge(
      'muelle_requests_per_second',
      'Requests of visitors since the look before.',
      [...perSecond].map(([app, value]) => ({ labels: { app }, value })),
    ),
  ]
}

function describeApps(seen: readonly Seen[], { store }: Needs, now: number): Metric[] {
  const of = (value: (one: Seen) => number | undefined): Sample[] =>
    seen.flatMap((each) => sample({ app: each.app.name }, value(each)))
  const proven = (name: string): number | undefined => {
    const found = store.backups(name).find(({ state }) => state === 'proven')
    return found === undefined ? undefined : (now - Date.parse(found.beganAt)) / 1000
  }
  return [
    gauge(
      'muelle_release',
      'The number of the release that is live.',
      of(({ live }) => live),
    ),
    gauge(
      'muelle_backup_age_seconds',
      'Age of the newest restore point that was proven by restoring it.',
      of(({ app }) => proven(app.name)),
    ),
    gauge(
      'muelle_certificate_expires_timestamp_seconds',
      'When the certificate that is served ends.',
      of(({ certificateEnds }) => (certificateEnds === undefined ? undefined : certificateEnds / 1000)),
    ),
    gauge(
      'muelle_updates_paused',
      'Whether updates wait for a person, as after a rollback.',
      of(({ app }) => (store.updatesPause(app.name) === undefined ? 0 : 1)),
    ),
  ]
}

function describeAgent({ store }: Needs): Metric[] {
  const { user, system } = process.cpuUsage()
  return [
    gauge('muelle_jobs_under_way', 'Jobs of the agent that processes have.', [
      { labels: {}, value: store.jobsUnderWay().length },
    ]),
    counter('process_cpu_seconds_total', 'Processor time of the agent.', [
      { labels: {}, value: (user + system) / 1e6 },
    ]),
    gauge('process_resident_memory_bytes', 'Memory of the agent.', [
      { labels: {}, value: process.memoryUsage.rss() },
    ]),
  ]
}

function sample(labels: Record<string, string>, value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ labels, value }]
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, help, type: 'gauge', samples }
}

function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, help, type: 'counter', samples }
}
