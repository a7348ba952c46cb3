/** In the order in which Compose looks for them, then the names that production files usually have. */
export const composeFileNames = [
  'compose.yaml',
  'compose.yml',
  'docker-compose.yml',
  'docker-compose.yaml',
  'docker-compose.prod.yml',
  'docker-compose.production.yml',
]

/**
 * The output of `docker compose config`, as far as Muelle reads it.
 * Everything else is carried along untouched, because the file belongs to its author.
 */
export interface ComposeFile {
  name: string
  services: Record<string, ComposeService>
  networks?: Record<string, ComposeNetwork | null>
  volumes?: Record<string, ComposeVolume | null>
  configs?: Record<string, ComposeConfig>
  secrets?: Record<string, unknown>
  [extension: string]: unknown
}

export interface ComposeService {
  image?: string
  build?: ComposeBuild
  cap_add?: string[]
  cap_drop?: string[]
  command?: string[] | string | null
  entrypoint?: string[] | string | null
  expose?: (string | number)[]
  configs?: { source: string; target?: string; [other: string]: unknown }[]
  container_name?: string
  cpus?: number
  depends_on?: Record<string, ComposeDependency>
  deploy?: {
    replicas?: number
    update_config?: {
      order?: string
      parallelism?: number
      delay?: string
      monitor?: string
      max_failure_ratio?: number
      failure_action?: string
    }
    resources?: {
      limits?: { memory?: string; cpus?: number; pids?: number }
      reservations?: { memory?: string; cpus?: number }
    }
  }
  environment?: Record<string, string | null>
  healthcheck?: ComposeHealthcheck
  ipc?: string
  labels?: Record<string, string>
  logging?: { driver?: string; options?: Record<string, string> }
  mac_address?: string
  mem_limit?: string
  mem_reservation?: string
  network_mode?: string
  networks?: Record<string, { aliases?: string[]; mac_address?: string } | null>
  pid?: string
  pids_limit?: number
  ports?: ComposePort[]
  privileged?: boolean
  profiles?: string[]
  read_only?: boolean
  restart?: string
  scale?: number
  security_opt?: string[]
  stop_grace_period?: string
  tmpfs?: string[] | string
  user?: string
  volumes?: ComposeMount[]
  volumes_from?: string[]
  [other: string]: unknown
}

export interface ComposeBuild {
  context?: string
  dockerfile?: string
  dockerfile_inline?: string
  args?: Record<string, string | null>
  /** The stage of the Dockerfile to build; the last one without it. */
  target?: string
  [other: string]: unknown
}

export interface ComposeDependency {
  condition: string
  [other: string]: unknown
}

export interface ComposeHealthcheck {
  test?: string[] | string
  disable?: boolean
  [other: string]: unknown
}

export interface ComposePort {
  target: number
  published?: string
  host_ip?: string
  protocol?: string
  [other: string]: unknown
}

export interface ComposeMount {
  type: string
  source?: string
  target: string
  [other: string]: unknown
}

export interface ComposeNetwork {
  name: string
  external?: boolean
  driver?: string
  driver_opts?: Record<string, string>
  internal?: boolean
  [other: string]: unknown
}

export interface ComposeVolume {
  name: string
  external?: boolean
  driver?: string
  driver_opts?: Record<string, string>
  [other: string]: unknown
}

export interface ComposeConfig {
  file?: string
  /** The text itself, instead of a file that has it. */
  content?: string
  [other: string]: unknown
}

/** A command or entrypoint as one line, for recognising programs in it. */
export function commandLine(service: ComposeService): string {
  return [service.entrypoint, service.command]
    .flat()
    .filter((word) => typeof word === 'string')
    .join(' ')
}

/** The names that a service has of other machines, in the three ways in which they are written. */
export function extraHosts(service: ComposeService): { name: string; address: string }[] {
  const hosts = service['extra_hosts'] as readonly string[] | Record<string, string> | undefined
  if (hosts === undefined) return []
  if (!Array.isArray(hosts)) return Object.entries(hosts).map(([name, address]) => ({ name, address }))
  return hosts.map((line: string) => {
    const [, name = line, address = ''] = /^([^=:]+)[=:](.*)$/.exec(line) ?? []
    return { name, address }
  })
}

/** The last part of an image name, without registry, tag and digest: `timescale/timescaledb:2` is `timescaledb`. */
export function imageBaseName(reference: string): string {
  const path = reference.split('@')[0]?.split('/').at(-1) ?? ''
  return path.split(':')[0] ?? ''
}
