import type { Service } from '../../app/app.ts'
import { production } from '../../app/environment.ts'
import { addUp, limitsOf, type Resources } from '../../app/resources.ts'
import { observe } from '../../deploy/observe.ts'
import { readLiveModel } from '../../deploy/with-app.ts'
import type { Container, Engine } from '../../engine/port.ts'
import type { CertificateFacts } from '../../gateway/certificates/read.ts'
import type { UpdatesPause } from '../../store/wishes.ts'
import type { CliServices, Command } from '../command.ts'
import { findApps } from '../find-app.ts'
import { size, table } from '../render/format.ts'
import { appUrl } from '../url.ts'
import { describeIssuer } from './certificates.ts'

interface AppStatus {
  app: string
  environment: string
  url: string
  release: number | undefined
  commit: string | null
  certificate: CertificateFacts | undefined
  /** Why `up --unattended` refuses; null when it does not. */
  updatesPause: UpdatesPause | null
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

export const status: Command = {
  name: 'status',
  summary: 'Show what runs: apps, releases, services, addresses',
  arguments: [{ name: '[app]', description: 'an app or its folder (default: all apps)' }],
  isAboutApp: true,
  returnsData: true,
  run: async (input, io) => {
    const services = await io.services()
    const names = findApps(input, io, { store: services.store, named: input.args[0] })
    const apps = await Promise.all(names.map((name) => describeApp(name, services)))
    return {
      data: apps,
      text:
        apps.length === 0
          ? 'No app is deployed here. Deploy one:  muelle up path/to/project'
          : apps.map(show).join('\n\n'),
    }
  },
}

async function describeApp(name: string, services: CliServices): Promise<AppStatus> {
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

function show(status: AppStatus): string {
  const { app, environment, url, release, commit, certificate, updatesPause, services } = status
  const head =
    release === undefined
      ? `${app}  ${environment}  no release is live`
      : `${app}  ${environment}  release ${release}${commit === null ? '' : ` (${commit})`}  ${url}`
  return [
    head,
    ...(certificate === undefined
      ? []
      : [`  certificate: ${describeIssuer(certificate)}, until ${certificate.expiresAt.slice(0, 10)}`]),
    ...(updatesPause === null
      ? []
      : [`  updates: paused since ${updatesPause.since}, ${updatesPause.reason}`]),
    table([
      ['  SERVICE', 'ROLE', 'RUNNING', 'MEMORY', 'CPUS', 'STATUS'],
      ...services.map((service) => [
        `  ${service.name}`,
        service.role,
        `${service.running}/${service.wanted}`,
        ...resources(service),
        service.status,
      ]),
    ]),
  ].join('\n')
}

/** Against their limits, as `docker stats` shows them. */
function resources({ running, uses, limits }: ServiceStatus): string[] {
  if (running === 0) return ['', '']
  const against = (show: (amount: number) => string, used?: number, limit?: number): string => {
    if (used === undefined) return ''
    return limit === undefined ? show(used) : `${show(used)} / ${show(limit)}`
  }
  return [against(size, uses.memory, limits.memory), against(cores, uses.cpus, limits.cpus)]
}

function cores(cpus: number): string {
  return cpus.toFixed(2)
}
