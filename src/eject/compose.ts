import type { ComposeNetwork, ComposeVolume } from '../app/compose.ts'
import { visitorAddress } from '../app/own-proxy.ts'
import { sharedDefinitions } from '../release/render.ts'
import { mapStrings } from '../secrets/references.ts'
import { type Ejection, frontNames, needsFront } from './ejection.ts'
import { frontVolumes, renderFront } from './front.ts'
import { type PlainService, renderServices } from './services.ts'

/** One ordinary Compose project: everything that ran for the app. */
export interface PlainCompose {
  name: string
  services: Record<string, PlainService>
  networks: Record<string, object>
  volumes: Record<string, object>
  configs: Record<string, unknown>
  secrets: Record<string, unknown>
}

export function renderCompose(ejection: Ejection): PlainCompose {
  const { app } = ejection
  const services = { ...renderServices(ejection), ...renderFront(ejection) }
  const { configs = {}, secrets = {} } = sharedDefinitions(app)
  const usesAddress = needsFront(ejection) && app.web.needsVisitorAddress === true
  const file = {
    name: app.name,
    services,
    networks: renderNetworks(ejection, services),
    volumes: { ...lastingVolumes(ejection, services), ...frontVolumes(ejection) },
    configs: {
      ...configs,
      ...(usesAddress ? { [visitorAddress.config]: { content: visitorAddress.content } } : {}),
    },
    secrets,
  }
  return fromProject(file, app.directory)
}

/**
 * Paths below the project's folder, said so that one variable follows when the project moves. The folder itself may
 * then be anywhere.
 */
function fromProject<T>(file: T, directory: string): T {
  // In such a path Compose would see a variable.
  if (/[${}]/.test(directory)) return file
  return mapStrings(file, (text) =>
    text === directory || text.startsWith(`${directory}/`)
      ? `\${PROJECT_DIR:-${directory}}${text.slice(directory.length)}`
      : text,
  )
}

function renderNetworks({ app, ...rest }: Ejection, services: Record<string, PlainService>) {
  const own = Object.entries(app.file.networks ?? {}).filter(
    ([key]) => key !== 'default' && namesIn(services, 'networks').has(key),
  )
  const usual = app.file.networks?.['default']
  const named = [...own, ...(usual === undefined ? [] : [['default', usual] as const])]
  const networks = Object.fromEntries(
    named.map(([key, network]) => [key, withoutUsual(network, `${app.name}_${key}`)]),
  )
  if (networks['default'] !== undefined && Object.keys(networks['default']).length === 0)
    delete networks['default']
  return { ...networks, ...(needsFront({ app, ...rest }) ? { [frontNames(app).edge]: {} } : {}) }
}

function withoutUsual(network: ComposeNetwork | null, usualName: string): object {
  if (network?.external === true) return { name: network.name, external: true }
  const { name, ipam, ...others } = network ?? { name: usualName }
  const isUsual = ipam === undefined || Object.keys(ipam as object).length === 0
  return { ...(name === usualName ? {} : { name }), ...others, ...(isUsual ? {} : { ipam }) }
}

/** The volumes that the services use, as they are on this machine: `docker compose down -v` leaves them alone. */
function lastingVolumes({ app }: Ejection, services: Record<string, PlainService>) {
  const used = namesIn(services, 'volumes')
  const own = Object.entries(app.file.volumes ?? {}).filter(([key]) => used.has(key))
  return Object.fromEntries(
    own.map(([key, volume]) => [key, { name: volumeName(app.name, key, volume), external: true }]),
  )
}

export function volumeName(app: string, key: string, volume: ComposeVolume | null): string {
  return volume?.name ?? `${app}_${key}`
}

/** Names of networks or volumes that services use, in either notation. */
function namesIn(services: Record<string, PlainService>, key: 'networks' | 'volumes'): Set<string> {
  const names = Object.values(services).flatMap((service) => {
    const value = service[key] ?? []
    if (!Array.isArray(value)) return Object.keys(value as object)
    return value.map((entry: string | { source?: string }) =>
      typeof entry === 'string' ? (entry.split(':')[0] ?? '') : (entry.source ?? ''),
    )
  })
  return new Set(names)
}
