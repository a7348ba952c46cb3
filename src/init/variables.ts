import { isSecretName } from '../check/secrets.ts'
import type { DatabaseKind, Required, Variable } from './blueprint.ts'
import { type Purpose, purposeOf } from './purpose.ts'
import type { EnvironmentUse } from './python/environment.ts'

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

/** A variable without which Compose refuses to start anything. */
export function needed(name: string): string {
  return `\${${name}:?}`
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
    required: requiredBy(variables, around.database === 'external' ? aboutOutside(all) : {}),
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
  const { database, redis } = around
  if (purpose.startsWith('redis-')) return redis ? redisValue(purpose, use) : undefined
  if (purpose.startsWith('database-'))
    return database === 'postgres' || database === 'mysql' ? databaseValue(purpose, around) : undefined
  return plainValues[purpose]?.(use, around)
}

/** Where nothing is given, the app has a value of its own. */
const plainValues: Partial<
  Record<Purpose, (use: EnvironmentUse, around: Surroundings) => string | undefined>
> = {
  'secret-key': ({ name }) => needed(name),
  debug: (use) => (isNumber(use) ? '0' : 'False'),
  hosts: (use, { domains }) => hostsValue(use, domains),
  origins: (_, { domains }) =>
    domains.length === 0 ? undefined : domains.map((host) => `https://${host}`).join(','),
  // Cookies for https only, where there is https.
  cookie: (use, { domains }) => (domains.length === 0 ? undefined : isNumber(use) ? '1' : 'True'),
  mail: ({ fallback = '' }) => (/console|dummy|locmem|filebased/.test(fallback) ? smtp : undefined),
  port: (_, { port }) => String(port),
}

const smtp = 'django.core.mail.backends.smtp.EmailBackend'

function isNumber({ text }: EnvironmentUse): boolean {
  return /\bint\(/.test(text)
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

/** What a server has that was there before the app: nothing of it can be made up here. */
const outside: Partial<Record<Purpose, string>> = {
  'database-url':
    'postgres://USER:PASSWORD@HOST:5432/NAME of the database that is there. host.docker.internal is this machine; localhost would be the container.',
  'database-host':
    'Where the database is. host.docker.internal is this machine; localhost would be the container.',
  'database-name': 'The database, which is there already.',
  'database-user': 'Its user, who is there already.',
  'database-password': 'The password of that user, as the server has it.',
}

function aboutOutside(all: readonly { name: string; purpose: Purpose }[]): Record<string, string> {
  return Object.fromEntries(
    all.flatMap(({ name, purpose }) => {
      const about = outside[purpose]
      return about === undefined ? [] : [[name, about]]
    }),
  )
}

/** Every variable that stands as `${NAME:?}` in a value; `known` says of some what they are, and that they exist. */
function requiredBy(variables: readonly Variable[], known: Readonly<Record<string, string>>): Required[] {
  const names = variables.flatMap(({ value }) =>
    [...(value ?? '').matchAll(/\$\{(\w+):\?\}/g)].map(([, name = '']) => name),
  )
  return [...new Set(names)].map((name) => {
    const isKey = /SECRET_KEY$|^(?:SESSION|COOKIE)_SECRET$/.test(name)
    const isGenerated = isKey || (known[name] === undefined && generated[name] !== undefined)
    const about =
      known[name] ??
      generated[name] ??
      (isKey ? 'Signs sessions and links. Nobody else may know it.' : aboutUnknown(name))
    return { name, about, isGenerated }
  })
}

function aboutUnknown(name: string): string {
  return isSecretName(name)
    ? 'The app does not start without it. A secret.'
    : 'The app does not start without it.'
}
