import type { Service } from '../app/app.ts'
import { production } from '../app/environment.ts'
import { addUp, limitsOf, type Resources } from '../app/resources.ts'
import { appUrl } from '../app/url.ts'
import { type Loss, readLosses } from '../backup/history/loss.ts'
import type { Container, Engine } from '../engine/port.ts'
import type { CertificateFacts } from '../gateway/certificates/read.ts'
import type { UpdatesPause } from '../store/wishes.ts'
import { readLiveModel } from './live-model.ts'
import { observe } from './observe.ts'
import type { Services } from './with-app.ts'

export interface AppStatus {
  app: string
  environment: string
  url: string
  release: number | undefined
  commit: string | null
  certificate: CertificateFacts | undefined
  /** Why `up --unattended` refuses; null when it does not. */
  updatesPause: UpdatesPause | null
  /** Of each server that can be taken back to any moment. */
  histories: readonly Loss[]
  services: readonly ServiceStatus[]
}

interface ServiceStatus {
  name: string
  role: string
  running: number
  wanted: number
  status: string
  /** What its running containers take together. */
  uses: Resources
  /** What they may take together. */
  limits: Resources
}

/** What runs of an app now. @throws MuelleError APP_UNKNOWN */
export async function readStatus(
  name: string,
  services: Services & { ports: { http: number; https: number } },
): Promise<AppStatus> {
  const app = await readLiveModel(name, services)
  const { live } = await observe(app, services)
  const containers = await services.engine.containers({ app: name })
  const own = containers.filter(({ release }) => release === undefined || release === live)
  const record = services.store.releases(name).find(({ number }) => number === live)
  return {
    app: name,
    environment: services.store.apps().find((known) => known.name === name)?.environment ?? production,
    url: appUrl(app, services.ports),
    release: live,
    commit: record?.commit ?? null,
    certificate: await services.certificates.facts(services.gateway.podFor(app.entrance), app),
    updatesPause: services.store.updatesPause(name) ?? null,
    histories: readLosses(app, services.store, new Date()),
    services: await Promise.all(
      app.services
        .filter(({ role }) => role !== 'replaced' && role !== 'job')
        .map((service) => describeService(service, own, services.engine)),
    ),
  }
}

async function describeService(
  service: Service,
  containers: readonly Container[],
  engine: Engine,
): Promise<ServiceStatus> {
  const own = containers.filter((container) => container.service === service.name)
  const running = own.filter((container) => container.running)
  const usages = await Promise.all(running.map(({ id }) => engine.usage(id)))
  return {
    name: service.name,
    role: service.role,
    running: running.length,
    wanted: service.replicas,
    status: own[0]?.status ?? 'absent',
    uses: addUp(usages),
    limits: addUp(running.map(() => limitsOf(service))),
  }
}
