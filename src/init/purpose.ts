import type { EnvironmentUse } from './python/environment.ts'

/** What a variable of an app is for. */
export type Purpose =
  | 'secret-key'
  | 'debug'
  | 'hosts'
  | 'origins'
  | 'cookie'
  | 'mail'
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

/** Settings of Django that say by their name what goes into them. */
const bySetting: Readonly<Record<string, Purpose>> = {
  SECRET_KEY: 'secret-key',
  DEBUG: 'debug',
  ALLOWED_HOSTS: 'hosts',
  CSRF_TRUSTED_ORIGINS: 'origins',
  SESSION_COOKIE_SECURE: 'cookie',
  CSRF_COOKIE_SECURE: 'cookie',
  EMAIL_BACKEND: 'mail',
}

/** By the setting that it goes into, or else by its name. */
export function purposeOf({ name, setting, key, fallback = '' }: EnvironmentUse): Purpose {
  const known = setting === 'DATABASES' ? byDatabaseKey[key] : bySetting[setting]
  if (known !== undefined) return known
  const named = byName.find(([pattern]) => pattern.test(name))?.[1] ?? 'other'
  if (/^["']rediss?:\/\//.test(fallback)) return 'redis-url'
  // A queue in RabbitMQ or in the database is not in Redis.
  return named === 'redis-url' && /amqp|django-db|sqla|rpc/.test(fallback) ? 'other' : named
}
