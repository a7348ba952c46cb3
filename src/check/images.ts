import type { Service } from '../app/app.ts'
import { imageBaseName } from '../app/compose.ts'
import { finalStages } from '../app/dockerfile.ts'
import type { Facts } from './facts.ts'

export interface ImageName {
  /** Without registry. */
  name: string
  tag: string | undefined
  digest: string | undefined
}

/** The parts of an image reference such as `registry:5000/team/app:1.2@sha256:…`. */
export function readImageName(reference: string): ImageName {
  const [path = '', digest] = reference.split('@')
  const tag = path.split('/').at(-1)?.split(':')[1]
  const name = tag === undefined ? path : path.slice(0, -tag.length - 1)
  return { name, tag, digest }
}

/** Kinds of server that hold state or queues, with the ports on which they take orders. */
const kinds = {
  postgres: { pattern: /^(postgres|postgresql|postgis|pgvector|timescaledb(-ha)?)$/, ports: [5432] },
  mysql: { pattern: /^(mysql|mysql-server|mariadb|percona)$/, ports: [3306, 33_060] },
  redis: { pattern: /^(redis|valkey|keydb|redis-stack(-server)?)$/, ports: [6379] },
  mongo: { pattern: /^(mongo|mongodb)$/, ports: [27_017] },
  memcached: { pattern: /^memcached$/, ports: [11_211] },
  rabbitmq: { pattern: /^rabbitmq$/, ports: [5672, 5671, 4369, 25_672] },
  search: { pattern: /^(elasticsearch|opensearch)$/, ports: [9200, 9300] },
  clickhouse: { pattern: /^clickhouse(-server)?$/, ports: [8123, 9000, 9009] },
  kafka: { pattern: /^(kafka|cp-kafka)$/, ports: [9092, 9093] },
  nats: { pattern: /^nats$/, ports: [4222] },
  minio: { pattern: /^minio$/, ports: [] },
} as const satisfies Record<string, { pattern: RegExp; ports: readonly number[] }>

export type ServerKind = keyof typeof kinds

export function serverKind({ definition }: Service): ServerKind | undefined {
  if (definition.build !== undefined) return undefined
  const name = imageBaseName(definition.image ?? '')
  return (Object.keys(kinds) as ServerKind[]).find((kind) => kinds[kind].pattern.test(name))
}

/** The ports on which a server of this kind takes orders from its clients. */
export function ordersOn(kind: ServerKind): readonly number[] {
  return kinds[kind].ports
}

/** The image that a service runs or is built upon, with the place where a Dockerfile names it. */
export interface BaseImage {
  reference: string
  file?: string
  line?: number
}

/** What a service's own image comes from; of a build, every image that its final stage builds upon. */
export function baseImagesOf({ builds }: Facts, { name, definition }: Service): BaseImage[] {
  if (definition.build === undefined) {
    return definition.image === undefined ? [] : [{ reference: definition.image }]
  }
  const dockerfile = builds[name]?.dockerfile
  if (dockerfile === undefined) return []
  return finalStages(dockerfile, definition.build.target)
    .filter(({ image, base }) => base === undefined && image !== '' && image !== 'scratch')
    .map(({ image, line }) => ({ reference: image, file: dockerfile.path, line }))
}

/** The numbers at the beginning of a tag or version: `7.2.4-alpine` is [7, 2, 4]. */
export function versionOf(text: string): number[] {
  return (/^v?(\d+(?:\.\d+)*)/.exec(text)?.[1] ?? '').split('.').filter(Boolean).map(Number)
}

/** Negative when `a` is the older one; only as many numbers as both have are compared. */
export function compareVersions(a: readonly number[], b: readonly number[]): number {
  for (const [index, number] of a.entries()) {
    const other = b[index]
    if (other === undefined) return 0
    if (number !== other) return number - other
  }
  return 0
}
