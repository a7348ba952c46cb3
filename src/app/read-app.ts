import { MuelleError } from '../errors/muelle-error.ts'
import type { App, Entrance, Service, StaticFiles, Web } from './app.ts'
import { firstExposed, healthcheckUrl } from './behind.ts'
import type { ComposeFile } from './compose.ts'
import { isImageReference } from './image-reference.ts'
import { inferRoles } from './roles.ts'
import type { AppSettings, ServiceSettings } from './schema.ts'
import { readSettings } from './settings.ts'

/**
 * Reads the model of an app out of a Compose file that Docker Compose has already accepted.
 * @throws MuelleError CONFIG_UNKNOWN_KEY, CONFIG_INVALID or NO_WEB_SERVICE
 */
export function readApp(file: ComposeFile, directory: string): App {
  refuseReleaseName(file.name)
  const settings = readSettings(file)
  const roles = inferRoles(file, settings.services)
  const services = Object.entries(file.services).map(([name, definition]) => ({
    name,
    ...(roles[name] ?? { role: 'worker' as const, reason: 'no port' }),
    ...scheduleOf(settings.services[name]),
    replicas: definition.deploy?.replicas ?? definition.scale ?? 1,
    definition,
  }))
  refuseSharingWithBacking(services)
  refuseUnnamedImages(services)
  refuseNamesakes(settings.app, services)
  const web = findWeb(services)
  return {
    name: file.name,
    directory,
    settings: settings.app,
    services,
    web: readWeb(web, settings.services[web.name] ?? {}),
    entrance: readEntrance(web, settings.app),
    files: readStaticFiles(file, settings.app),
    file,
  }
}

function scheduleOf(settings: ServiceSettings | undefined): Pick<Service, 'schedule'> {
  return settings?.schedule === undefined ? {} : { schedule: settings.schedule }
}

/** `shop-r2` would be taken for release 2 of the app `shop`. */
function refuseReleaseName(name: string): void {
  if (!/-r\d+$/.test(name)) return
  throw new MuelleError('CONFIG_INVALID', `The project name ${name} ends like a release of another app.`, {
    hint: 'Choose another at the top of the Compose file:  name: shop',
  })
}

/** A release and its backing services are two Compose projects, which cannot share a namespace. */
function refuseSharingWithBacking(services: readonly Service[]): void {
  const backing = new Set(services.filter(({ role }) => role === 'backing').map(({ name }) => name))
  for (const { name, role, definition } of services) {
    const shared = ['network_mode', 'ipc', 'pid']
      .map((key) => /^service:(.+)$/.exec(String(definition[key] ?? ''))?.[1])
      .concat((definition.volumes_from ?? []).map((entry) => entry.split(':')[0]))
      .find((other) => other !== undefined && backing.has(other))
    if (shared === undefined || role === 'backing') continue
    throw new MuelleError(
      'CONFIG_INVALID',
      `${name} shares a namespace or volumes with ${shared}, which is not part of a release.`,
      { hint: `Let ${name} reach it over the network:  ${shared}` },
    )
  }
}

/** Of an image that is built here the name is Muelle's own. */
function refuseUnnamedImages(services: readonly Service[]): void {
  for (const { name, role, definition } of services) {
    const { build, image } = definition
    if (build !== undefined || image === undefined || role === 'replaced' || isImageReference(image)) continue
    throw new MuelleError('CONFIG_INVALID', `The image of ${name} is "${image}", which is no name of one.`, {
      hint: 'If a variable of it has no value, give it one in .env. What Compose reads:  docker compose config --images',
    })
  }
}

/** A restore point calls databases of the file and those outside by their names. */
function refuseNamesakes({ backups }: AppSettings, services: readonly Service[]): void {
  const outside = Object.keys(backups?.outside ?? {})
  const taken = outside.find((name) => services.some((service) => service.name === name))
  if (taken === undefined) return
  throw new MuelleError(
    'CONFIG_INVALID',
    `x-muelle.backups.outside.${taken}: ${taken} is a service of the file.`,
    {
      hint: 'Its databases are backed up anyway. One outside Docker needs a name of its own.',
    },
  )
}

function findWeb(services: readonly Service[]): Service {
  const webs = services.filter((service) => service.role === 'web')
  const [web, second] = webs
  if (web === undefined) {
    throw new MuelleError(
      'NO_WEB_SERVICE',
      'No service publishes a port, so nothing can answer the gateway.',
      {
        hint: 'Name the port of the service that answers HTTP:  x-muelle: {port: 8000}',
      },
    )
  }
  if (second !== undefined) {
    throw new MuelleError(
      'NO_WEB_SERVICE',
      `Both ${web.name} and ${second.name} are marked as the web service.`,
      {
        hint: `Leave x-muelle.port on one of them, and set  x-muelle: {role: internal}  on the other.`,
      },
    )
  }
  return web
}

function readWeb(service: Service, settings: ServiceSettings): Web {
  const port = settings.port ?? httpPorts(service)[0]?.target ?? firstExposed(service.definition)
  if (port === undefined) {
    throw new MuelleError('NO_WEB_SERVICE', `${service.name} is the web service but names no port.`, {
      hint: `Add to ${service.name}:  x-muelle: {port: 8000}`,
    })
  }
  const path = settings.health ?? healthcheckUrl(service.definition)?.path
  return {
    service: service.name,
    port,
    health: { path: path ?? '/', strict: path !== undefined },
  }
}

/** As they are written, but for 443: the gateway ends TLS and speaks http, which a TLS port answers with 400. */
function httpPorts({ definition: { ports = [] } }: Service) {
  const plain = ports.filter(({ target }) => target !== 443)
  return plain.length > 0 ? plain : ports
}

function readEntrance(web: Service, settings: AppSettings): Entrance {
  const [first, ...rest] = settings.domains
  if (first !== undefined) return { kind: 'domains', domains: [first, ...rest], tls: settings.tls }
  const port = httpPorts(web).find((candidate) => candidate.published !== undefined)
  const published = Number(port?.published?.split('-')[0])
  if (port === undefined || Number.isNaN(published)) {
    throw new MuelleError('NO_WEB_SERVICE', `${web.name} has neither a domain nor a published port.`, {
      hint: 'Add a domain:  x-muelle: {domains: [shop.example.com]}  or publish a port:  ports: ["8000:8000"]',
    })
  }
  return { kind: 'port', port: published, hostIp: port.host_ip ?? '0.0.0.0' }
}

/** The volume, or the bind-mounted folder of that name, behind each `static:` entry. */
function readStaticFiles(file: ComposeFile, settings: AppSettings): StaticFiles[] {
  const binds = Object.values(file.services)
    .flatMap((service) => service.volumes ?? [])
    .flatMap((mount) => (mount.type === 'bind' && mount.source !== undefined ? [mount.source] : []))
  return Object.entries(settings.static).map(([urlPath, name]) => {
    const volume = file.volumes?.[name]
    const source = volume?.name ?? binds.find((path) => path.split('/').at(-1) === name)
    if (source !== undefined) return { urlPath, name, source }
    const volumes = Object.keys(file.volumes ?? {}).join(', ')
    throw new MuelleError('CONFIG_INVALID', `x-muelle.static: ${name} is no volume of the file.`, {
      hint: volumes === '' ? 'The file declares no volumes.' : `Volumes of the file: ${volumes}`,
    })
  })
}
