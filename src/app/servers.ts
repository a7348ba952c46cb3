import { type ComposeMount, type ComposeService, imageBaseName } from './compose.ts'

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

/** What an image serves, by its name. */
export function serverKind(image: string): ServerKind | undefined {
  const name = imageBaseName(image)
  return (Object.keys(kinds) as ServerKind[]).find((kind) => kinds[kind].pattern.test(name))
}

/** The ports on which a server of this kind takes orders from its clients. */
export function ordersOn(kind: ServerKind): readonly number[] {
  return kinds[kind].ports
}

/** Folders in which their images keep what they hold. (That of Redis and of MinIO, /data, can be anyone's.) */
const dataFolders: readonly (readonly [ServerKind, RegExp])[] = [
  [
    'postgres',
    /^\/var\/lib\/postgresql(?:\/|$)|^\/home\/postgres\/pgdata(?:\/|$)|^\/bitnami\/postgresql(?:\/|$)/,
  ],
  ['mysql', /^\/var\/lib\/mysql\/?$|^\/bitnami\/(?:mysql|mariadb)(?:\/|$)/],
  ['mongo', /^\/data\/db\/?$|^\/bitnami\/mongodb(?:\/|$)/],
  ['rabbitmq', /^\/var\/lib\/rabbitmq(?:\/|$)/],
  ['search', /^\/usr\/share\/(?:elasticsearch|opensearch)\/data\/?$/],
  ['clickhouse', /^\/var\/lib\/clickhouse\/?$/],
]

/** A server that is built here, as for extensions or a locale, has its image's name from the app: its data tells of it. */
export function dataOf({
  build,
  volumes = [],
}: ComposeService): { kind: ServerKind; mount: ComposeMount } | undefined {
  if (build === undefined) return undefined
  for (const [kind, folder] of dataFolders) {
    const mount = volumes.find((each) => each['read_only'] !== true && folder.test(each.target))
    if (mount !== undefined) return { kind, mount }
  }
  return undefined
}

/** What a service serves, by the name of its image or, of one that is built here, by the data that it keeps. */
export function serverOf(service: ComposeService): ServerKind | undefined {
  return dataOf(service)?.kind ?? serverKind(service.image ?? '')
}
