import type { App, Service } from '../app/app.ts'
import type { ComposeService } from '../app/compose.ts'
import { knownHealthCommand } from '../app/health.ts'
import { visitorAddress } from '../app/own-proxy.ts'
import { commandRunner, commandService } from '../release/render.ts'
import {
  type Ejection,
  escapeDollar,
  type FrontNames,
  frontNames,
  isBacking,
  keptServices,
  needsFront,
  replicasOf,
} from './ejection.ts'
import { ejectedImages } from './images.ts'

/** A service in a Compose file, in any of the notations that Compose takes. */
export type PlainService = Record<string, unknown>

/** The user's services under the user's own names, as they ran. */
export function renderServices(ejection: Ejection): Record<string, PlainService> {
  const { app } = ejection
  const services = keptServices(app).map((service) => [service.name, renderService(service, ejection)])
  return { ...Object.fromEntries(services), ...renderCommands(ejection) }
}

function renderService(service: Service, ejection: Ejection): PlainService {
  const { app } = ejection
  const { definition, name, role } = service
  const image = ejectedImages(app).find(({ services }) => services.includes(name))?.tag ?? definition.image
  const isWebInFront = name === app.web.service && needsFront(ejection)
  return {
    image,
    ...withoutEmpty(kept(service, ejection)),
    ...probed(service, app),
    ...replicated(service, ejection),
    ...dependencies(definition, ejection),
    restart: definition.restart ?? (role === 'job' ? 'no' : 'unless-stopped'),
    ...(definition.network_mode === undefined ? networksOf(definition, isWebInFront, frontNames(app)) : {}),
    ...(isWebInFront && app.web.needsVisitorAddress === true
      ? {
          configs: [
            ...(definition.configs ?? []),
            { source: visitorAddress.config, target: visitorAddress.target },
          ],
        }
      : {}),
  }
}

/** Of what was released only the entrance was published, and that is nginx's now. */
function kept({ name, definition }: Service, ejection: Ejection): ComposeService {
  const { app } = ejection
  const others = { ...definition }
  const dropped = ['x-muelle', 'profiles', 'links', 'scale', 'depends_on', 'networks', 'image', 'restart']
  for (const key of dropped) delete others[key]
  const isPublished = isBacking(app, name) || (name === app.web.service && !needsFront(ejection))
  if (!isPublished) delete others.ports
  return others
}

/** Only one container can have a name of its own. */
function replicated(service: Service, ejection: Ejection): PlainService {
  const replicas = replicasOf(service, ejection)
  const { deploy, container_name } = service.definition
  return {
    ...(replicas === 1 && deploy?.replicas === undefined ? {} : { deploy: { ...deploy, replicas } }),
    ...(replicas > 1 && container_name !== undefined ? { container_name: undefined } : {}),
  }
}

/** Muelle probed well-known servers without a health check itself; whoever waits for them now needs one. */
function probed({ name, definition }: Service, app: App): PlainService {
  const command = knownHealthCommand(definition)
  if (!isBacking(app, name) || definition.healthcheck !== undefined || command === undefined) return {}
  const test = ['CMD', ...command.map(escapeDollar)]
  return { healthcheck: { test, interval: '3s', timeout: '5s', retries: 40 } }
}

/** Compose refuses to wait for the health of what has no health check. */
function dependencies(definition: ComposeService, { app }: Ejection): PlainService {
  const names = new Set(keptServices(app).map(({ name }) => name))
  const own = Object.entries(definition.depends_on ?? {}).filter(([name]) => names.has(name))
  if (own.length === 0) return {}
  const entries = own.map(([name, dependency]) => {
    const isVain = dependency.condition === 'service_healthy' && !isChecked(name, app)
    return [name, isVain ? { ...dependency, condition: 'service_started' } : dependency]
  })
  return { depends_on: Object.fromEntries(entries) }
}

function isChecked(name: string, app: App): boolean {
  const service = app.file.services[name] ?? {}
  if (service.healthcheck !== undefined) return service.healthcheck.disable !== true
  return isBacking(app, name) && knownHealthCommand(service) !== undefined
}

/** As a list where nothing is said about any of them, and not at all where there is only the usual one. */
function networksOf({ networks = {} }: ComposeService, isInFront: boolean, { edge }: FrontNames) {
  const all = { ...networks, ...(isInFront ? { [edge]: null } : {}) }
  const names = Object.keys(all)
  if (Object.values(all).some((options) => options !== null)) return { networks: all }
  return names.join() === 'default' || names.length === 0 ? {} : { networks: names }
}

/** One service for each release command, which `docker compose up` leaves alone. */
function renderCommands(ejection: Ejection): Record<string, PlainService> {
  const { app } = ejection
  if (app.settings.release.length === 0) return {}
  const { healthcheck, deploy, depends_on, container_name, ports, build, ...rest } = renderService(
    commandRunner(app),
    ejection,
  )
  const { edge } = frontNames(app)
  const networks = withoutNetwork(rest['networks'], edge)
  const commands = app.settings.release.map((command, index) => [
    commandService(index),
    {
      ...rest,
      ...(networks === undefined ? {} : { networks }),
      command,
      restart: 'no',
      profiles: ['release'],
    },
  ])
  return Object.fromEntries(commands)
}

function withoutNetwork(networks: unknown, name: string): unknown {
  if (Array.isArray(networks)) return networks.filter((network) => network !== name)
  if (typeof networks !== 'object' || networks === null) return networks
  return Object.fromEntries(Object.entries(networks).filter(([key]) => key !== name))
}

/** What `docker compose config` prints though nobody wrote it. */
function withoutEmpty(service: ComposeService): PlainService {
  const entries = Object.entries(service).filter(([, value]) => value !== null && value !== undefined)
  const volumes = service.volumes?.map((mount) =>
    Object.fromEntries(Object.entries(mount).filter(([, value]) => !isEmpty(value))),
  )
  return { ...Object.fromEntries(entries), ...(volumes === undefined ? {} : { volumes }) }
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
