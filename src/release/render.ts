import { type App, backingServices, ownNames, releasedServices, type Service } from '../app/app.ts'
import { servicesBehind } from '../app/behind.ts'
import type { ComposeFile, ComposeService } from '../app/compose.ts'
import { visitorAddress } from '../app/own-proxy.ts'
import type { Command } from '../app/schema.ts'
import { edgeNetwork, imageTag, labels, releaseProject, releaseService } from './names.ts'

/**
 * Renders the Compose files that Muelle runs out of the file that the user wrote. Pure: equal input gives an
 * equal file, and a release's file is kept, so what runs can always be read, started or taken along.
 */

/** Services that share one build definition share one image. */
export interface ImageGroup {
  /** The web service if it is one of them, else the first; names the image. */
  name: string
  services: readonly string[]
  tag: string
}

export interface ReleaseIdentity {
  number: number
  /** Image id by service name. */
  images: Readonly<Record<string, string>>
  instance: string
}

/** The services to build for a release, grouped so that `web`, `worker` and `beat` with `build: .` are built once. */
export function imageGroups(app: App, release: number): ImageGroup[] {
  const groups = new Map<string, string[]>()
  for (const service of app.services) {
    if (service.definition.build === undefined || service.role === 'replaced') continue
    const key = JSON.stringify(service.definition.build)
    groups.set(key, [...(groups.get(key) ?? []), service.name])
  }
  return [...groups.values()].map((services) => {
    const name = services.find((service) => service === app.web.service) ?? services[0] ?? ''
    return { name, services, tag: imageTag(app.name, name, release) }
  })
}

/** The file that `docker compose build` reads: one service per image group, tagged with the release. */
export function renderBuild(app: App, groups: readonly ImageGroup[]): ComposeFile {
  return {
    name: app.name,
    services: Object.fromEntries(
      groups.map((group) => [
        group.name,
        { build: app.file.services[group.name]?.build ?? {}, image: group.tag },
      ]),
    ),
    ...sharedDefinitions(app),
  }
}

/** The base project: backing services, on networks and volumes that outlive every release. */
export function renderBase(app: App, base: Omit<ReleaseIdentity, 'number'>): ComposeFile {
  const backing = backingServices(app)
  const names = new Set(backing.map((service) => service.name))
  return {
    name: app.name,
    services: Object.fromEntries(
      backing.map((service) => [
        service.name,
        {
          ...withoutMuelleKeys(service.definition),
          image: base.images[service.name] ?? service.definition.image ?? '',
          restart: service.definition.restart ?? 'unless-stopped',
          depends_on: pickDependencies(service.definition, (name) => (names.has(name) ? name : undefined)),
          labels: serviceLabels(app, service, base.instance),
        },
      ]),
    ),
    networks: externalNetworks(app, (key) => key),
    volumes: externalVolumes(app),
    ...sharedDefinitions(app),
  }
}

/** The project of one release: its stateless services, images pinned by id, nothing published, nothing named. */
export function renderRelease(app: App, release: ReleaseIdentity): ComposeFile {
  const released = releasedServices(app)
  const services = Object.fromEntries(
    released.map((service) => [releaseService(service.name, release.number), render(app, service, release)]),
  )
  return {
    name: releaseProject(app.name, release.number),
    services: { ...services, ...renderCommands(app, release) },
    networks: {
      ...(hasSiblings(app)
        ? { default: { name: `${releaseProject(app.name, release.number)}_default` } }
        : {}),
      edge: { name: edgeNetwork(app.name), external: true },
      ...externalNetworks(app, appNetworkKey),
    },
    volumes: externalVolumes(app),
    ...withVisitorAddress(app, sharedDefinitions(app)),
  }
}

/**
 * A rendered file with another number of replicas of one of its services. Nothing else of it changes, so that Compose
 * finds what runs to be as written, even when a newer Muelle would render it otherwise.
 */
export function withReplicas(file: ComposeFile, key: string, replicas: number): ComposeFile {
  const service = file.services[key]
  if (service === undefined) return file
  const deploy = { ...service.deploy, replicas }
  return { ...file, services: { ...file.services, [key]: { ...service, deploy } } }
}

/** The key of release command `index` (from 0) among the services of the rendered file. */
export function commandService(index: number): string {
  return `release-command-${index + 1}`
}

function render(app: App, service: Service, release: ReleaseIdentity): ComposeService {
  const { definition } = service
  const siblings = new Set(releasedServices(app).map((sibling) => sibling.name))
  const { ports, container_name, scale, ...kept } = withoutMuelleKeys(definition)
  return {
    ...kept,
    ...siblingReferences(definition, siblings, release.number),
    deploy: { ...definition.deploy, replicas: service.role === 'singleton' ? 1 : service.replicas },
    image: release.images[service.name] ?? definition.image ?? '',
    pull_policy: 'never',
    restart: definition.restart ?? (service.role === 'job' ? 'no' : 'unless-stopped'),
    environment: { ...definition.environment, MUELLE_RELEASE: String(release.number) },
    depends_on: pickDependencies(definition, (name) =>
      siblings.has(name) ? releaseService(name, release.number) : undefined,
    ),
    labels: { ...serviceLabels(app, service, release.instance), [labels.release]: String(release.number) },
    ...(service.role === 'web' && app.web.needsVisitorAddress === true
      ? {
          configs: [
            ...(definition.configs ?? []),
            { source: visitorAddress.config, target: visitorAddress.target },
          ],
        }
      : {}),
    ...(definition.network_mode === undefined ? { networks: networksOf(app, service) } : {}),
  }
}

function renderCommands(app: App, release: ReleaseIdentity): Record<string, ComposeService> {
  const runner = commandRunner(app)
  const { healthcheck, deploy, depends_on, ...rest } = render(app, runner, release)
  const one = (command: Command): ComposeService => ({
    ...rest,
    command,
    restart: 'no',
    profiles: ['release-command'],
    labels: { ...rest.labels, [labels.role]: 'job', [labels.service]: 'release-command' },
    ...(rest.networks === undefined ? {} : { networks: onlyLasting(rest.networks) }),
  })
  return Object.fromEntries(
    app.settings.release.map((command, index) => [commandService(index), one(command)]),
  )
}

/** Release commands run in the app's own image: the web service's, or the one behind the file's own proxy. */
export function commandRunner(app: App): Service {
  const released = releasedServices(app)
  const behind = servicesBehind(app).map(({ service }) => service)
  const [web, ...others] = [app.web.service, ...behind, ...released.map(({ name }) => name)].flatMap(
    (name) => released.find((service) => service.name === name) ?? [],
  )
  const built = others.find(({ name, definition }) => definition.build !== undefined && name !== web?.name)
  const runner = web?.definition.build === undefined || app.web.isProxy === true ? (built ?? web) : web
  if (runner === undefined) throw new Error(`app ${app.name} has no released service`)
  return runner
}

/** Keys that every rendered service gets anew. */
export function withoutMuelleKeys(definition: ComposeService): ComposeService {
  const kept = { ...definition }
  for (const key of ['build', 'x-muelle', 'profiles', 'labels', 'links', 'depends_on']) delete kept[key]
  return kept
}

export function serviceLabels(app: App, service: Service, instance: string): Record<string, string> {
  return {
    ...service.definition.labels,
    [labels.instance]: instance,
    [labels.app]: app.name,
    [labels.service]: service.name,
    [labels.role]: service.role,
  }
}

/** Each service keeps the networks of the file, and gets its release's own, where its plain name is an alias. */
function networksOf(app: App, service: Service): NonNullable<ComposeService['networks']> {
  const own = Object.entries(service.definition.networks ?? {})
  return {
    ...(hasSiblings(app) ? { default: { aliases: ownNames(service) } } : {}),
    ...Object.fromEntries(own.map(([key, options]) => [appNetworkKey(key), withoutAliases(options)])),
    ...(service.role === 'web' ? { edge: null } : {}),
  }
}

/** `network_mode: service:web`, `volumes_from: [web]` and their like name another service of the same release. */
function siblingReferences(definition: ComposeService, siblings: ReadonlySet<string>, release: number) {
  const renamed = ['network_mode', 'ipc', 'pid'].flatMap((key): [string, string][] => {
    const name = /^service:(.+)$/.exec(String(definition[key] ?? ''))?.[1]
    return name !== undefined && siblings.has(name) ? [[key, `service:${releaseService(name, release)}`]] : []
  })
  const mounts = (definition.volumes_from ?? []).map((entry) => {
    const [name = '', ...mode] = entry.split(':')
    return [siblings.has(name) ? releaseService(name, release) : name, ...mode].join(':')
  })
  return { ...Object.fromEntries(renamed), ...(mounts.length > 0 ? { volumes_from: mounts } : {}) }
}

/** A network costs each start about 0.1 s, and one service alone has nobody to call. */
function hasSiblings(app: App): boolean {
  return releasedServices(app).length > 1
}

/** Commands meet the backing services; nothing of the release runs yet, and its own network is being made. */
function onlyLasting(networks: NonNullable<ComposeService['networks']>) {
  return Object.fromEntries(
    Object.entries(networks)
      .filter(([key]) => key !== 'edge' && key !== 'default')
      .map(([key, options]) => [key, withoutAliases(options)]),
  )
}

/** Aliases would meet those of the other release on a shared network, and fixed addresses would collide. */
function withoutAliases(options: object | null): object | null {
  if (options === null) return null
  const { aliases, ipv4_address, ipv6_address, ...kept } = options as Record<string, unknown>
  return kept
}

function appNetworkKey(key: string): string {
  return `app-${key}`
}

export function externalNetworks(app: App, rename: (key: string) => string) {
  return Object.fromEntries(
    Object.entries(app.file.networks ?? {}).map(([key, network]) => [
      rename(key),
      { name: network?.name ?? `${app.name}_${key}`, external: true },
    ]),
  )
}

export function externalVolumes(app: App) {
  return Object.fromEntries(
    Object.entries(app.file.volumes ?? {}).map(([key, volume]) => [
      key,
      { name: volume?.name ?? `${app.name}_${key}`, external: true },
    ]),
  )
}

function withVisitorAddress(app: App, shared: ReturnType<typeof sharedDefinitions>) {
  if (app.web.needsVisitorAddress !== true) return shared
  const { config, content } = visitorAddress
  return { ...shared, configs: { ...shared.configs, [config]: { content } } }
}

export function sharedDefinitions(app: App): Pick<ComposeFile, 'configs' | 'secrets'> {
  const { secrets, configs } = app.file
  return { ...(secrets === undefined ? {} : { secrets }), ...(configs === undefined ? {} : { configs }) }
}

/**
 * Dependencies inside one project. Waiting for health is left to Muelle, which probes sooner than Docker's
 * interval and survives a dependency on the health of a service that has no health check.
 */
function pickDependencies(
  definition: ComposeService,
  rename: (name: string) => string | undefined,
): NonNullable<ComposeService['depends_on']> {
  return Object.fromEntries(
    Object.entries(definition.depends_on ?? {}).flatMap(([name, dependency]) => {
      const key = rename(name)
      if (key === undefined) return []
      const condition =
        dependency.condition === 'service_completed_successfully' ? dependency.condition : 'service_started'
      return [[key, { condition, required: true }]]
    }),
  )
}
