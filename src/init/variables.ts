import { isSecretName } from '../check/secrets.ts'
import type { DatabaseKind, Required, Variable } from './blueprint.ts'
import type { EnvironmentUse } from './python/environment.ts'

/** What a variable of an app is for. */
export type Purpose =
  | 'secret-key'
  | 'debug'
  | 'hosts'
  | 'origins'
  | 'database-url'
  | 'database-name'
  | 'database-user'
  | 'database-password'
  | 'database-host'
  | 'database-port'
  | 'database-engine'
  | 'redis-url'
  | 'redis-host'
  | 'redis-port'
  | 'redis-password'
  | 'port'
  | 'other'

export interface Surroundings {
  database: DatabaseKind
  databaseName: string
  redis: boolean
  domains: readonly string[]
  port: number
}

/** Variables in the order in which a reader expects them, and those that somebody has to give a value. */
export interface Environment {
  variables: readonly Variable[]
  required: readonly Required[]
  optional: readonly string[]
}

const byDatabaseKey: Readonly<Record<string, Purpose>> = {
  NAME: 'database-name',
  USER: 'database-user',
  PASSWORD: 'database-password',
  HOST: 'database-host',
  PORT: 'database-port',
  ENGINE: 'database-engine',
}

const byName: readonly [RegExp, Purpose][] = [
  [/^(?:DJANGO_|FLASK_|APP_)?SECRET_KEY$|^(?:SESSION|COOKIE)_SECRET$/, 'secret-key'],
  [/^(?:DJANGO_|FLASK_|APP_)?DEBUG$/, 'debug'],
  [/^(?:DJANGO_)?ALLOWED_HOSTS$/, 'hosts'],
  [/^(?:DJANGO_)?CSRF_TRUSTED_ORIGINS$/, 'origins'],
  [/^(?:DJANGO_)?(?:DATABASE|DB|POSTGRES|PG|MYSQL|SQLALCHEMY_DATABASE)_?UR[LI]$/, 'database-url'],
  [/^(?:DB|DATABASE|POSTGRES|PG|MYSQL)_?(?:NAME|DB|DATABASE)$/, 'database-name'],
  [/^(?:DB|DATABASE|POSTGRES|PG|MYSQL)_?(?:USER|USERNAME)$/, 'database-user'],
  [/^(?:DB|DATABASE|POSTGRES|PG|MYSQL)_?(?:PASSWORD|PASS)$/, 'database-password'],
  [/^(?:DB|DATABASE|POSTGRES|PG|MYSQL)_?(?:HOST|SERVER)$/, 'database-host'],
  [/^(?:DB|DATABASE|POSTGRES|PG|MYSQL)_?PORT$/, 'database-port'],
  [/^(?:DB|DATABASE)_ENGINE$/, 'database-engine'],
  [/^(?:\w+_)?REDIS_?UR[LI]$|^CACHE_URL$|BROKER_?URL$|RESULT_BACKEND$/, 'redis-url'],
  [/^REDIS_?HOST$/, 'redis-host'],
  [/^REDIS_?PORT$/, 'redis-port'],
  [/^REDIS_?PASS(?:WORD)?$/, 'redis-password'],
  [/^PORT$/, 'port'],
]

/** A variable without which Compose refuses to start anything. */
export function needed(name: string): string {
  return `\${${name}:?}`
}

/** By the setting that it goes into, or else by its name. */
export function purposeOf({ name, setting, key, fallback = '' }: EnvironmentUse): Purpose {
  if (setting === 'SECRET_KEY') return 'secret-key'
  if (setting === 'DEBUG') return 'debug'
  if (setting === 'ALLOWED_HOSTS') return 'hosts'
  if (setting === 'CSRF_TRUSTED_ORIGINS') return 'origins'
  const inDatabases = setting === 'DATABASES' ? byDatabaseKey[key] : undefined
  if (inDatabases !== undefined) return inDatabases
  const named = byName.find(([pattern]) => pattern.test(name))?.[1] ?? 'other'
  if (/^["']rediss?:\/\//.test(fallback)) return 'redis-url'
  // A queue in RabbitMQ or in the database is not in Redis.
  if (named === 'redis-url' && /amqp|django-db|sqla|rpc/.test(fallback)) return 'other'
  return named
}

/** What an app has to be given, from what it asks for. Each name once; what says the most about a name counts. */
export function environmentFor(uses: readonly EnvironmentUse[], around: Surroundings): Environment {
  const byEach = new Map<string, { use: EnvironmentUse; purpose: Purpose }>()
  for (const use of uses) {
    const purpose = purposeOf(use)
    const before = byEach.get(use.name)
    if (before === undefined || (before.purpose === 'other' && purpose !== 'other'))
      byEach.set(use.name, { use, purpose })
  }
  const all = [...byEach.values()].map((each) => ({
    ...each,
    name: each.use.name,
    value: writtenValue(each, around),
  }))
  const variables = all
    .toSorted((a, b) => rank(a.purpose) - rank(b.purpose))
    .map(({ name, use, value, purpose }) => ({
      name,
      value: value ?? (isNeeded(use, purpose, around) ? needed(name) : null),
    }))
  return {
    variables,
    required: requiredBy(variables),
    optional: variables.flatMap(({ name, value }) => (value === null ? [name] : [])),
  }
}

/** What belongs together stands together, and what is left to the app comes last. */
const order: readonly Purpose[] = ['secret-key', 'debug', 'hosts', 'origins', 'port']

function rank(purpose: Purpose): number {
  if (purpose === 'other') return order.length + 2
  const at = order.indexOf(purpose)
  if (at >= 0) return at
  return purpose.startsWith('database-') ? order.length : order.length + 1
}

/** Of a database elsewhere only a person knows the address; what has a fallback starts without. */
function isNeeded(use: EnvironmentUse, purpose: Purpose, { database }: Surroundings): boolean {
  const isAddress = /^database-(?:url|name|user|password|host)$/.test(purpose)
  return use.isRequired || (isAddress && database === 'external')
}

function writtenValue(
  { use, purpose }: { use: EnvironmentUse; purpose: Purpose },
  around: Surroundings,
): string | undefined {
  const { database, domains, redis, port } = around
  const hasServer = database === 'postgres' || database === 'mysql'
  if (purpose === 'secret-key') return needed(use.name)
  if (purpose === 'debug') return /\bint\(/.test(use.text) ? '0' : 'False'
  if (purpose === 'hosts') return hostsValue(use, domains)
  if (purpose === 'origins')
    return domains.length === 0 ? undefined : domains.map((host) => `https://${host}`).join(',')
  if (purpose === 'port') return String(port)
  if (purpose.startsWith('redis-')) return redis ? redisValue(purpose, use) : undefined
  return hasServer && purpose.startsWith('database-') ? databaseValue(purpose, around) : undefined
}

/** In the notation that the settings take apart. Without a domain, `.env` can name the machine. */
function hostsValue({ name, text }: EnvironmentUse, domains: readonly string[]): string {
  const separator = /\.split\(\s*\)|\.split\(\s*["'] ["']\s*\)/.test(text) ? ' ' : ','
  return domains.length === 0 ? `\${${name}:-localhost${separator}127.0.0.1}` : domains.join(separator)
}

function databaseValue(purpose: Purpose, { database, databaseName: name }: Surroundings): string | undefined {
  const isPostgres = database === 'postgres'
  const port = isPostgres ? '5432' : '3306'
  const values: Partial<Record<Purpose, string>> = {
    'database-url': `${isPostgres ? 'postgres' : 'mysql'}://${name}:\${DB_PASSWORD:?}@db:${port}/${name}`,
    'database-name': name,
    'database-user': name,
    'database-password': needed('DB_PASSWORD'),
    'database-host': 'db',
    'database-port': port,
    'database-engine': `django.db.backends.${isPostgres ? 'postgresql' : 'mysql'}`,
  }
  return values[purpose]
}

/** Tasks and cache in databases of their own, so that clearing the cache loses no task. */
function redisValue(purpose: Purpose, { name }: EnvironmentUse): string | undefined {
  const number = /BROKER|CELERY/.test(name) ? 0 : 1
  const values: Partial<Record<Purpose, string>> = {
    'redis-url': `redis://:\${REDIS_PASSWORD:?}@redis:6379/${number}`,
    'redis-host': 'redis',
    'redis-port': '6379',
    'redis-password': needed('REDIS_PASSWORD'),
  }
  return values[purpose]
}

const generated: Readonly<Record<string, string>> = {
  DB_PASSWORD: 'The database takes it over when its volume is first created, and not again.',
  REDIS_PASSWORD: 'Of the Redis beside the app.',
}

/** Every variable that stands as `${NAME:?}` in a value. */
function requiredBy(variables: readonly Variable[]): Required[] {
  const names = variables.flatMap(({ value }) =>
    [...(value ?? '').matchAll(/\$\{(\w+):\?\}/g)].map(([, name = '']) => name),
  )
  return [...new Set(names)].map((name) => {
    const isKey = /SECRET_KEY$|^(?:SESSION|COOKIE)_SECRET$/.test(name)
    const isGenerated = isKey || generated[name] !== undefined
    const about =
      generated[name] ?? (isKey ? 'Signs sessions and links. Nobody else may know it.' : aboutUnknown(name))
    return { name, about, isGenerated }
  })
}

function aboutUnknown(name: string): string {
  return isSecretName(name)
    ? 'The app does not start without it. A secret.'
    : 'The app does not start without it.'
}
