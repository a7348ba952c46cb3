import { type ComposeFile, type ComposeService, commandLine, imageBaseName } from './compose.ts'
import { isProxyImage } from './own-proxy.ts'
import type { Role, ServiceSettings } from './schema.ts'
import { dataOf, serverKind } from './servers.ts'

export interface RoleDecision {
  role: Role
  /** Why, in a few words; shown by `muelle plan`. */
  reason: string
}

/**
 * Decides what Muelle does with each service of a Compose file.
 * An explicit `x-muelle.role` wins; everything else is recognised from the file alone.
 */
export function inferRoles(
  file: ComposeFile,
  settings: Readonly<Record<string, ServiceSettings>>,
): Record<string, RoleDecision> {
  const first = Object.fromEntries(
    Object.entries(file.services).map(([name, service]) => [
      name,
      decide(name, service, { file, settings: settings[name] ?? {} }),
    ]),
  )
  return onlyOneWeb(first, file, settings)
}

/** What somebody has written. */
function saidBy({ role, port, schedule }: ServiceSettings): RoleDecision | undefined {
  if (schedule !== undefined) return { role: 'job', reason: 'x-muelle.schedule' }
  if (role !== undefined) return { role, reason: 'x-muelle.role' }
  return port === undefined ? undefined : { role: 'web', reason: 'x-muelle.port' }
}

function decide(
  name: string,
  service: ComposeService,
  context: { file: ComposeFile; settings: ServiceSettings },
): RoleDecision {
  const { file, settings } = context
  const said = saidBy(settings)
  if (said !== undefined) return said
  if (isCertbot(name, service)) {
    return { role: 'replaced', reason: 'certbot: the gateway keeps the certificates' }
  }
  const server = knownServer(name, service, file)
  if (server !== undefined) return server
  if (isRunToCompletion(name, file)) return { role: 'job', reason: 'another service waits for its end' }
  const command = commandLine(service)
  const celery = celeryRole(command)
  if (celery !== undefined) return celery
  if (service.deploy?.update_config?.order === 'stop-first') {
    return { role: 'singleton', reason: 'update_config.order: stop-first' }
  }
  if (isCeleryWorker(command)) return { role: 'worker', reason: 'celery worker' }
  if (publishesHttp(service)) return { role: 'web', reason: `publishes port ${service.ports?.[0]?.target}` }
  if (service.build === undefined && hasVolumeOfItsOwn(name, file)) {
    return { role: 'backing', reason: 'a volume of its own' }
  }
  if (answersOthers(name, service, file)) return { role: 'internal', reason: 'answers other services' }
  return { role: 'worker', reason: 'no port' }
}

/** Its image may be built here, with a script of its own that is called when someone needs it. */
function isCertbot(name: string, service: ComposeService): boolean {
  const isNamed = service.build !== undefined && /\bcertbot\b/.test(name)
  return (
    isNamed || imageBaseName(service.image ?? '') === 'certbot' || /\bcertbot\b/.test(commandLine(service))
  )
}

const appServer = /\b(?:gunicorn|uvicorn|hypercorn|daphne|uwsgi|waitress-serve|runserver)\b/

function celeryRole(command: string): RoleDecision | undefined {
  if (/\bcelery\b.*\bbeat\b|celery-?_?beat\b/.test(command))
    return { role: 'singleton', reason: 'celery beat' }
  if (/\bcelery\b.*\bworker\b.*\s(?:-B|--beat)\b/.test(command))
    return { role: 'singleton', reason: 'celery worker with beat inside' }
  return undefined
}

/** With `<<: *web` it has the ports of the app, on which it answers nobody. */
function isCeleryWorker(command: string): boolean {
  return /\bcelery\b.*\bworker\b/.test(command) && !appServer.test(command)
}

/** A release never touches what holds state or queues, and never puts a second server on the same data. */
function knownServer(name: string, service: ComposeService, file: ComposeFile): RoleDecision | undefined {
  if (service.build === undefined && serverKind(service.image ?? '') !== undefined)
    return { role: 'backing', reason: `image ${service.image}` }
  const data = dataOf(service)
  if (data === undefined || isKeptByOther(data.mount.source, name, file)) return undefined
  return { role: 'backing', reason: `keeps data in ${data.mount.target}` }
}

/**
 * One service answers the gateway. When several could, a proxy of the file's own is the one,
 * and what stands behind it is internal; then the lowest published port of those that are no tool decides.
 */
function onlyOneWeb(
  decisions: Record<string, RoleDecision>,
  file: ComposeFile,
  settings: Readonly<Record<string, ServiceSettings>>,
): Record<string, RoleDecision> {
  const webs = Object.keys(decisions).filter((name) => decisions[name]?.role === 'web')
  const explicit = webs.filter(
    (name) => settings[name]?.role !== undefined || settings[name]?.port !== undefined,
  )
  if (webs.length < 2 || explicit.length > 1) return decisions
  const chosen =
    explicit[0] ??
    webs.find((name) => isProxyImage(file.services[name]?.image ?? '')) ??
    [...webs].sort((a, b) => rank(file, a) - rank(file, b) || lowestPort(file, a) - lowestPort(file, b))[0]
  const others = webs.filter((name) => name !== chosen)
  return {
    ...decisions,
    ...Object.fromEntries(
      others.map((name) => [name, { role: 'internal', reason: `behind ${chosen}` } satisfies RoleDecision]),
    ),
  }
}

/** What developers and administrators look at an app with; visitors are meant for what is beside it. */
const tools =
  /^(?:adminer|pgadmin4?|phpmyadmin|phppgadmin|mongo-express|redis-commander|redis-?insight|mail(?:hog|pit|dev|catcher)|smtp4dev|flower|grafana|prometheus|alertmanager|kibana|opensearch-dashboards|jaeger|zipkin|loki|dozzle|portainer(?:-ce)?|mercure)$/

function rank({ services }: ComposeFile, name: string): number {
  const { [name]: service = {} } = services
  return tools.test(imageBaseName(service.image ?? '')) || /\bflower\b/.test(commandLine(service)) ? 1 : 0
}

function lowestPort(file: ComposeFile, name: string): number {
  return Math.min(...(file.services[name]?.ports ?? []).map((port) => Number(port.published ?? 65_536)))
}

function publishesHttp(service: ComposeService): boolean {
  return (service.ports ?? []).some((port) => (port.protocol ?? 'tcp') === 'tcp')
}

/** An app server that only the file's own proxy, or another service, calls. */
function answersOthers(name: string, service: ComposeService, file: ComposeFile): boolean {
  const isBehindProxy = Object.values(file.services).some(
    (other) => isProxyImage(other.image ?? '') && other.depends_on?.[name] !== undefined,
  )
  return isBehindProxy || appServer.test(commandLine(service)) || (service.expose ?? []).length > 0
}

function isRunToCompletion(name: string, file: ComposeFile): boolean {
  return Object.values(file.services).some(
    (other) => other.depends_on?.[name]?.condition === 'service_completed_successfully',
  )
}

/** A helper that is built beside a pulled server, such as one that copies its data, only looks on. */
function isKeptByOther(source: string | undefined, name: string, file: ComposeFile): boolean {
  return Object.entries(file.services).some(
    ([other, { image = '', build, volumes = [] }]) =>
      other !== name &&
      build === undefined &&
      serverKind(image) !== undefined &&
      volumes.some((mount) => mount.source !== undefined && mount.source === source),
  )
}

function hasVolumeOfItsOwn(name: string, file: ComposeFile): boolean {
  const volumesOf = (service: ComposeService | undefined): string[] =>
    (service?.volumes ?? []).flatMap((mount) =>
      mount.type === 'volume' && mount.source !== undefined ? [mount.source] : [],
    )
  const shared = new Set(
    Object.entries(file.services)
      .filter(([other]) => other !== name)
      .flatMap(([, service]) => volumesOf(service)),
  )
  return volumesOf(file.services[name]).some((volume) => !shared.has(volume))
}
