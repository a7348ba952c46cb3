import { imageBaseName } from './compose.ts'

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
