import { imageBaseName } from './compose.ts'

/**
 * Commands that tell whether a well-known server takes connections. Over TCP on purpose: while the official
 * PostgreSQL and MySQL images initialise a new volume, a temporary server answers on the Unix socket only.
 */
const commands: Readonly<Record<string, readonly string[]>> = {
  postgres: ['pg_isready', '--quiet', '--host', '127.0.0.1'],
  redis: ['redis-cli', 'ping'],
  mysql: ['mysqladmin', 'ping', '--host', '127.0.0.1', '--silent'],
}

const kinds: readonly [RegExp, string][] = [
  [/^(postgres|postgis|pgvector|timescaledb(-ha)?)$/, 'postgres'],
  [/^(redis|valkey)$/, 'redis'],
  [/^(mysql|mariadb|percona)$/, 'mysql'],
]

export function knownHealthCommand(image: string): readonly string[] | undefined {
  const kind = kinds.find(([pattern]) => pattern.test(imageBaseName(image)))?.[1]
  return kind === undefined ? undefined : commands[kind]
}
