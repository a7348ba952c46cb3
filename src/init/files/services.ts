import type { Blueprint } from '../blueprint.ts'
import { needed } from '../variables.ts'

export type ServiceYaml = Readonly<Record<string, unknown>>

/** What each service of an app has in common, beside what it runs. */
export function hardening(memory: string): ServiceYaml {
  return {
    deploy: { resources: { limits: { memory, pids: 200 } } },
    security_opt: ['no-new-privileges:true'],
    cap_drop: ['ALL'],
    logging,
  }
}

const logging = { driver: 'local', options: { 'max-size': '10m', 'max-file': '3' } }
const healthy = { interval: '5s', timeout: '5s', retries: 12 }

/** The database of the app, its volumes by name. */
export function databaseService(
  { database }: Blueprint,
  user: string,
): { service: ServiceYaml; volume: string } | undefined {
  if (database.kind === 'postgres')
    return { service: postgres(database.version ?? '17', user), volume: 'postgres_data' }
  if (database.kind === 'mysql')
    return { service: mysql(database.version ?? '8.4', user), volume: 'mysql_data' }
  return undefined
}

function postgres(version: string, user: string): ServiceYaml {
  return {
    image: `postgres:${version}`,
    environment: { POSTGRES_DB: user, POSTGRES_USER: user, POSTGRES_PASSWORD: needed('DB_PASSWORD') },
    volumes: ['postgres_data:/var/lib/postgresql/data'],
    // Over TCP: the server that runs while the volume is first filled listens on the socket only.
    healthcheck: { test: ['CMD', 'pg_isready', '-h', '127.0.0.1', '-U', user], ...healthy },
    ...lasting('512M'),
  }
}

function mysql(version: string, user: string): ServiceYaml {
  return {
    image: `mysql:${version}`,
    command: ['--character-set-server=utf8mb4', '--collation-server=utf8mb4_unicode_ci'],
    environment: {
      MYSQL_DATABASE: user,
      MYSQL_USER: user,
      MYSQL_PASSWORD: needed('DB_PASSWORD'),
      MYSQL_RANDOM_ROOT_PASSWORD: 'yes',
    },
    volumes: ['mysql_data:/var/lib/mysql'],
    healthcheck: {
      test: ['CMD', 'mysqladmin', 'ping', '-h', '127.0.0.1', '--silent'],
      ...healthy,
      start_period: '60s',
    },
    ...lasting('1G'),
  }
}

/** Tasks that wait survive a restart, and none is thrown out when memory is short. */
export function redisService(): ServiceYaml {
  return {
    image: 'redis:7-alpine',
    command: [
      'redis-server',
      ...['--requirepass', needed('REDIS_PASSWORD')],
      ...['--appendonly', 'yes'],
      ...['--maxmemory', '200mb', '--maxmemory-policy', 'noeviction'],
    ],
    environment: { REDISCLI_AUTH: needed('REDIS_PASSWORD') },
    volumes: ['redis_data:/data'],
    healthcheck: { test: ['CMD', 'redis-cli', 'ping'], ...healthy },
    ...lasting('256M'),
  }
}

function lasting(memory: string): ServiceYaml {
  return {
    restart: 'unless-stopped',
    deploy: { resources: { limits: { memory, pids: 500 } } },
    security_opt: ['no-new-privileges:true'],
    logging,
  }
}
