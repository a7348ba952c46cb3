import type { Service } from '../../app/app.ts'
import type { ServerKind } from '../../app/servers.ts'
import { readPairs } from '../../app/written.ts'
import type { Facts } from '../facts.ts'
import { serverKindOf } from '../images.ts'
import { inCompose } from '../place.ts'
import { programLine } from '../program.ts'
import type { Finding, Rule } from '../rule.ts'
import { isVariable, isWeakPassword, passwordInUrl } from '../secrets.ts'
import { environmentOf, running } from '../services.ts'

/** Variables from which images take a password; what else is in an env file that services share is not theirs. */
const serverPasswords: Partial<Readonly<Record<ServerKind, RegExp>>> = {
  postgres: /^POSTGRES(?:QL)?_PASSWORD$/,
  mysql: /^(?:MYSQL|MARIADB)(?:_ROOT)?_PASSWORD$/,
  mongo: /^MONGO_INITDB_ROOT_PASSWORD$/,
  redis: /^REDIS_PASSWORD$/,
  rabbitmq: /^RABBITMQ_(?:PASSWORD|DEFAULT_PASS)$/,
  clickhouse: /^CLICKHOUSE_PASSWORD$/,
  search: /^ELASTIC_PASSWORD$/,
}

interface Door {
  isOpen: RegExp
  /** With a value there the door stays shut, as the images of MySQL and MariaDB have it. */
  unless?: RegExp
}

const rootPassword = /^(?:MYSQL|MARIADB)_(?:ROOT_PASSWORD(?:_HASH|_FILE)?|RANDOM_ROOT_PASSWORD)$/
const doors: Partial<Readonly<Record<ServerKind, Readonly<Record<string, Door>>>>> = {
  postgres: { POSTGRES_HOST_AUTH_METHOD: { isOpen: /^trust$/i } },
  mysql: {
    MYSQL_ALLOW_EMPTY_PASSWORD: { isOpen: /^(?:yes|true|1)$/i, unless: rootPassword },
    MARIADB_ALLOW_EMPTY_ROOT_PASSWORD: { isOpen: /^(?:yes|true|1)$/i, unless: rootPassword },
  },
}

const dbPasswordWeak: Rule = {
  id: 'compose-db-password-weak',
  severity: 'critical',
  reason: 'A default password, or one of a few common words, is the first that anyone tries.',
  fix: 'Write a generated one into `.env`, for example from `openssl rand -base64 24`. An existing database keeps its old password until you change it there too.',
  find: (facts) => {
    const servers = running(facts).filter((service) => serverKindOf(service) !== undefined)
    const own = servers.flatMap((service) => [...weakVariables(facts, service), ...weakRedis(facts, service)])
    const hasDatabase = servers.some((service) =>
      ['postgres', 'mysql', 'mongo'].includes(serverKindOf(service) ?? ''),
    )
    return hasDatabase ? own : [...own, ...weakElsewhere(facts)]
  },
}

function weakVariables(facts: Facts, service: Service): Finding[] {
  const kind = serverKindOf(service)
  if (kind === undefined) return []
  const environment = environmentOf(service)
  const names = namesBeside(service)
  return environment.flatMap(([name, value]) => {
    const place = inCompose(facts, service.name, 'environment', name)
    if (isOpen(doors[kind]?.[name], value, environment))
      return {
        ...place,
        what: `${name} lets anyone into ${service.name}.`,
        write: `Remove ${name}, and set a password.`,
      }
    if (serverPasswords[kind]?.test(name) !== true || value === '' || !isWeakPassword(value, names)) return []
    return {
      ...place,
      what: `${name} of ${service.name} is a password that is tried first.`,
      write: generate(facts, service, name),
    }
  })
}

function isOpen(door: Door | undefined, value: string, environment: readonly [string, string][]): boolean {
  if (door?.isOpen.test(value) !== true) return false
  return !environment.some(([name, other]) => door.unless?.test(name) === true && other !== '')
}

function weakRedis(facts: Facts, service: Service): Finding[] {
  const password = /--requirepass\s+["']?([^\s"']+)/.exec(programLine(facts, service))?.[1]
  if (password === undefined || isVariable(password) || !isWeakPassword(password, namesBeside(service)))
    return []
  return [
    {
      ...inCompose(facts, service.name, 'command'),
      what: `The password of ${service.name} is one that is tried first.`,
      write: `--requirepass \${REDIS_PASSWORD}  and  ${intoEnv('REDIS_PASSWORD')}`,
    },
  ]
}

/** The database is on another machine: what the app logs in with is all that is to be seen of it. */
function weakElsewhere(facts: Facts): Finding[] {
  const seen = new Set<string>()
  return running(facts).flatMap((service) =>
    environmentOf(service)
      .filter(([name, value]) => {
        const password = loginWith(name, value)
        return password !== undefined && isWeakPassword(password, namesBeside(service))
      })
      .filter(([name]) => !seen.has(name) && seen.add(name))
      .map(([name]) => ({
        ...inCompose(facts, service.name, 'environment', name),
        what: `${name} of ${service.name} logs in with a password that is tried first.`,
        write: generate(facts, service, name),
      })),
  )
}

/** The password of a variable with which an app logs in to its database. */
function loginWith(name: string, value: string): string | undefined {
  const isPassword = /^(?:DB|DATABASE|POSTGRES|MYSQL)_PASS(?:WORD)?$/.test(name) && value !== ''
  if (isPassword) return value
  return /^(?:DATABASE|DB|POSTGRES|MYSQL|MONGO)\w*_UR[LI]$/.test(name) ? passwordInUrl(value) : undefined
}

/** A password made of the name of the user, the database or the service is a default one. */
function namesBeside(service: Service): string[] {
  const beside = environmentOf(service).filter(([name]) => /(?:USER|USERNAME|DB|DATABASE|NAME)$/.test(name))
  return [service.name, ...beside.map(([, value]) => value)]
}

/** A new value for a variable of a service: where the file takes it from, or where it should. */
function generate({ written }: Facts, service: Service, name: string): string {
  const value = written
    .map(({ content }) => readPairs(content.services?.[service.name]?.environment)[name])
    .findLast((found) => found !== undefined)
  const variable = /^\$\{?(\w+)/.exec(value ?? '')?.[1]
  if (variable !== undefined) return intoEnv(variable)
  return value === undefined ? intoEnv(name) : `${name}: \${${name}}  and  ${intoEnv(name)}`
}

function intoEnv(name: string): string {
  return `echo "${name}=$(openssl rand -hex 24)" >> .env`
}

export const passwordRules: readonly Rule[] = [dbPasswordWeak]
