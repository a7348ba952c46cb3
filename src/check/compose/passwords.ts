import type { Service } from '../../app/app.ts'
import { readPairs } from '../../app/written.ts'
import type { Facts } from '../facts.ts'
import { serverKindOf } from '../images.ts'
import { inCompose } from '../place.ts'
import { programLine } from '../program.ts'
import type { Finding, Rule } from '../rule.ts'
import { isVariable, isWeakPassword, passwordInUrl } from '../secrets.ts'
import { environmentOf, running } from '../services.ts'

const serverPassword =
  /^(?:POSTGRES|POSTGRESQL|MYSQL|MYSQL_ROOT|MARIADB|MARIADB_ROOT|MONGO_INITDB_ROOT|REDIS|RABBITMQ|CLICKHOUSE|ELASTIC)_PASSWORD$|^RABBITMQ_DEFAULT_PASS$/

const openDoor: Readonly<Record<string, RegExp>> = {
  POSTGRES_HOST_AUTH_METHOD: /^trust$/i,
  MYSQL_ALLOW_EMPTY_PASSWORD: /^(?:yes|true|1)$/i,
  MARIADB_ALLOW_EMPTY_ROOT_PASSWORD: /^(?:yes|true|1)$/i,
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
  const environment = environmentOf(service)
  const names = namesBeside(service)
  return environment
    .filter(
      ([name, value]) =>
        openDoor[name]?.test(value) === true ||
        (serverPassword.test(name) && value !== '' && isWeakPassword(value, names)),
    )
    .map(([name]) => ({
      ...inCompose(facts, service.name, 'environment', name),
      what:
        openDoor[name] === undefined
          ? `${name} of ${service.name} is a password that is tried first.`
          : `${name} lets anyone into ${service.name}.`,
      write:
        openDoor[name] === undefined ? generate(facts, service, name) : `Remove ${name}, and set a password.`,
    }))
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
