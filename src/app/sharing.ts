import { MuelleError } from '../errors/muelle-error.ts'
import { type App, backingServices } from './app.ts'
import type { ComposeMount } from './compose.ts'
import { production } from './environment.ts'

/** An app in one of its environments. */
export interface Instance {
  environment: string
  app: App
}

/** Something that an environment has to have for itself. */
interface Claim {
  /** With its full name, which makes it the same thing in two environments. */
  what: string
  /** How the environment of this name gets another. */
  hint: (environment: string) => string
}

/**
 * Two environments that share a volume, a network, a folder, a port or a domain change each other: a test of one
 * deletes data of the other.
 * @throws MuelleError ENVIRONMENT_SHARED, naming the first such thing
 */
export function refuseSharing(own: Instance, others: readonly Instance[]): void {
  for (const other of others) {
    const taken = new Set(claimsOf(other.app).map(({ what }) => what))
    const shared = claimsOf(own.app).find(({ what }) => taken.has(what))
    if (shared === undefined) continue
    const changing = own.environment === production ? other.environment : own.environment
    throw new MuelleError(
      'ENVIRONMENT_SHARED',
      `${own.environment} and ${other.environment} would both use ${shared.what}.`,
      { hint: shared.hint(changing) },
    )
  }
}

function write(environment: string, yaml: string): string {
  return `Write in compose.${environment}.yaml:  ${yaml}`
}

function claimsOf(app: App): Claim[] {
  return [...volumes(app), ...networks(app), ...folders(app), ...ports(app), ...domains(app), ...names(app)]
}

/** An external volume is shared on purpose, but two databases in one destroy it. */
function volumes(app: App): Claim[] {
  const isWritten = (key: string): boolean =>
    backingServices(app).some(({ definition }) =>
      (definition.volumes ?? []).some((mount) => mount.source === key && !isReadOnly(mount)),
    )
  return lastingThings(app, 'volumes', isWritten)
}

/** On an external network two databases of one name would answer in turn. */
function networks(app: App): Claim[] {
  const isJoined = (key: string): boolean =>
    backingServices(app).some(({ definition }) => key in (definition.networks ?? {}))
  return lastingThings(app, 'networks', isJoined)
}

function lastingThings(
  app: App,
  kind: 'volumes' | 'networks',
  isOwnAnyway: (key: string) => boolean,
): Claim[] {
  return Object.entries(app.file[kind] ?? {}).flatMap(([key, thing]): Claim[] => {
    const isExternal = thing?.external === true
    if (isExternal && !isOwnAnyway(key)) return []
    const name = thing?.name ?? `${app.name}_${key}`
    const own = isExternal ? 'external: false, ' : ''
    return [
      {
        what: `the ${kind.slice(0, -1)} ${name}`,
        hint: (environment) => write(environment, `${kind}: {${key}: {${own}name: ${name}-${environment}}}`),
      },
    ]
  })
}

function folders(app: App): Claim[] {
  return app.services
    .filter(({ role }) => role !== 'replaced')
    .flatMap(({ name, definition }) =>
      (definition.volumes ?? []).filter(isWrittenFolder).map(
        ({ source, target }): Claim => ({
          what: `the folder ${source}`,
          hint: (environment) =>
            write(
              environment,
              `services: {${name}: {volumes: ["${ownFolder(source ?? '', environment)}:${target}"]}}`,
            ),
        }),
      ),
    )
}

/** Of the same name, by which `x-muelle.static` knows it. */
function ownFolder(path: string, environment: string): string {
  return path.replace(/[^/]*$/, (name) => `${environment}/${name}`)
}

/** A single file, or what is below such a path, is configuration or belongs to the machine, and is only read. */
function isWrittenFolder(mount: ComposeMount): boolean {
  const isForReading = /^\/(?:etc|docker-entrypoint-initdb\.d|run|var\/run|proc|sys|dev)(?:\/|$)/
  const isFile = /\.\w+$/.test(mount.target)
  return mount.type === 'bind' && !isReadOnly(mount) && !isForReading.test(mount.target) && !isFile
}

function isReadOnly(mount: ComposeMount): boolean {
  return mount['read_only'] === true
}

/** Of what is released only the entrance is published. */
function ports(app: App): Claim[] {
  const backing = backingServices(app).flatMap(({ name, definition }) =>
    (definition.ports ?? []).flatMap(({ published, protocol = 'tcp' }): Claim[] => {
      const hint = (environment: string): string =>
        write(environment, `services: {${name}: {ports: !override []}}`)
      return published === undefined ? [] : [{ what: portName(published, protocol), hint }]
    }),
  )
  if (app.entrance.kind !== 'port') return backing
  const hint = (environment: string): string =>
    write(environment, `x-muelle: {domains: [${environment}.example.com]}`)
  return [...backing, { what: portName(String(app.entrance.port), 'tcp'), hint }]
}

function portName(published: string, protocol: string): string {
  return `the port ${published}${protocol === 'tcp' ? '' : `/${protocol}`}`
}

function domains({ entrance }: App): Claim[] {
  if (entrance.kind !== 'domains') return []
  return entrance.domains.map((domain) => ({
    what: `the domain ${domain}`,
    hint: (environment) => write(environment, `x-muelle: {domains: [${environment}.${domain}]}`),
  }))
}

/** The service `staging-db` of `shop` and the service `db` of `shop-staging` give one name to container and image. */
function names(app: App): Claim[] {
  return app.services.map(({ name }) => ({
    what: `the name ${app.name}-${name}`,
    hint: (environment) => `Choose another name than ${environment}, or rename the service.`,
  }))
}
