import type { ComposeFile, ComposeService } from './compose.ts'
import type { RoleDecision } from './roles.ts'
import type { Schedule } from './schedule-schema.ts'
import type { AppSettings, Tls } from './schema.ts'

/** What Muelle knows about an app from its Compose file alone. */
export interface App {
  /** The Compose project name; prefixes everything that Muelle creates for the app. */
  name: string
  /** Absolute path of the folder that holds the Compose file. */
  directory: string
  /**
   * For an app that is deployed from a checkout of a commit: the folder that has what is not in Git, such as data that
   * containers write. It was last deployed from by hand.
   */
  home?: string
  settings: AppSettings
  services: readonly Service[]
  web: Web
  entrance: Entrance
  /** What the gateway serves itself. */
  files: readonly StaticFiles[]
  file: ComposeFile
}

export interface StaticFiles {
  urlPath: string
  /** As named in `x-muelle.static`. */
  name: string
  /** A volume's full name or an absolute host path. */
  source: string
}

export interface Service extends RoleDecision {
  name: string
  /** When the agent runs it; nothing else starts it. */
  schedule?: Schedule
  replicas: number
  definition: ComposeService
}

/** The service that answers the gateway. */
export interface Web {
  service: string
  port: number
  /** The path probed for readiness, and whether only 2xx counts (a path that someone chose) or anything below 500. */
  health: { path: string; strict: boolean }
  /** It is an nginx of the file's own, which takes the gateway for the visitor unless it is told. */
  needsVisitorAddress?: boolean
  /** It is built from the image of a proxy, and has nothing of the app's own code. */
  isProxy?: boolean
}

/** Where visitors come in: by host name on the gateway's own ports, or by a port that the file publishes. */
export type Entrance =
  | { kind: 'domains'; domains: readonly [string, ...string[]]; tls: Tls }
  | { kind: 'port'; port: number; hostIp: string }

/** Roles whose containers belong to a release and are replaced by the next one. */
const releasedRoles = new Set(['web', 'internal', 'worker', 'singleton', 'job'])

export function releasedServices(app: App): Service[] {
  return app.services.filter((service) => releasedRoles.has(service.role))
}

export function backingServices(app: App): Service[] {
  return app.services.filter((service) => service.role === 'backing')
}

/** Every name by which the file lets others call the service. */
export function ownNames({ name, definition }: Service): string[] {
  const aliases = Object.values(definition.networks ?? {}).flatMap((network) => network?.aliases ?? [])
  return [...new Set([name, definition.container_name ?? name, ...aliases])]
}

/** Whether the app's certificate is one that an authority gives when it is asked. */
export function wantsCertificate({ entrance }: Pick<App, 'entrance'>): boolean {
  return entrance.kind === 'domains' && typeof entrance.tls === 'object' && 'email' in entrance.tls
}
