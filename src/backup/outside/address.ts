import { type OutsideSettings, sslModes } from '../../app/outside-schema.ts'

/** Where a database outside Docker is, and how to log in there. Pure. */
export interface Address {
  host: string
  port: string
  database: string
  user: string
  password?: string
  sslmode?: string
  /** A file; `system` is none (libpq, 32.1.2). */
  sslrootcert?: string
}

/** Environment by name. */
export type Variables = Readonly<Record<string, string | undefined>>

/** Everything but a host may be missing. */
type Found = { [Key in keyof Address]?: string | undefined }

const url = /^(?:postgres(?:ql)?|postgis|timescale(?:gis)?)(?:\+\w+)?:\/\//

const usualUrl = 'DATABASE_URL'

interface Names {
  host: string
  port: string
  name: string
  user: string
  password: string
}

/** How frameworks and their guides call them; the last are libpq's own. */
const usualNames: readonly Names[] = [
  ...['DB', 'DATABASE', 'SQL'].map((word) => ({
    host: `${word}_HOST`,
    port: `${word}_PORT`,
    name: `${word}_NAME`,
    user: `${word}_USER`,
    password: `${word}_PASSWORD`,
  })),
  {
    host: 'POSTGRES_HOST',
    port: 'POSTGRES_PORT',
    name: 'POSTGRES_DB',
    user: 'POSTGRES_USER',
    password: 'POSTGRES_PASSWORD',
  },
  { host: 'PGHOST', port: 'PGPORT', name: 'PGDATABASE', user: 'PGUSER', password: 'PGPASSWORD' },
]

/** Of a URL of PostgreSQL, with `://`. */
export function urlScheme(text: string): string | undefined {
  return url.exec(text)?.[0]
}

/**
 * @param variables of a service, with the values of secrets, and the secrets of the app beside them
 * @returns undefined when they do not say it
 */
export function readAddress(settings: OutsideSettings, variables: Variables): Address | undefined {
  const names = variableNames(settings, variables)
  const { host, database, user, ...rest }: Found = {
    ...(names.url === undefined ? {} : readUrl(variables[names.url] ?? '')),
    ...valuesOf(names, variables),
    ...given({ sslmode: settings.sslmode, sslrootcert: settings.sslrootcert }),
  }
  if (host === undefined || database === undefined || user === undefined) return undefined
  const { port = '5432', ...others } = rest
  const sslmode = others.sslmode ?? modeIn(variables)
  const sslrootcert = others.sslrootcert ?? variables['PGSSLROOTCERT']
  return { host, port, database, user, ...given({ ...others, sslmode, sslrootcert }) }
}

/** The variables that say it. */
export function variableNames(
  settings: OutsideSettings,
  variables: Variables,
): Partial<Names & { url: string }> {
  const { host, port, name, user, password } = settings
  const own = given({ host, port, name, user, password })
  const inUrl = settings.url ?? usualUrl
  if (host === undefined && url.test(variables[inUrl] ?? '')) return { url: inUrl, ...own }
  if (settings.url !== undefined) return own
  const usual = usualNames.find((names) =>
    host === undefined ? variables[names.host] !== undefined : names.host === host,
  )
  return { ...usual, ...own }
}

function valuesOf(names: Partial<Names>, variables: Variables): Found {
  const value = (variable: string | undefined) => (variable === undefined ? undefined : variables[variable])
  return given({
    host: value(names.host),
    port: value(names.port),
    database: value(names.name),
    user: value(names.user),
    password: value(names.password),
  })
}

/** @returns nothing of what is no URL after all */
function readUrl(text: string): Found {
  const parsed = URL.parse(text.replace(url, 'postgres://'))
  if (parsed === null) return {}
  const { hostname, port, username, password, pathname, searchParams } = parsed
  return given({
    host: decoded(hostname.replace(/^\[(.*)\]$/, '$1')),
    port,
    database: decoded(pathname.slice(1)),
    user: decoded(username),
    password: decoded(password),
    sslmode: searchParams.get('sslmode') ?? undefined,
    sslrootcert: searchParams.get('sslrootcert') ?? undefined,
  })
}

/** A percent sign that nobody has encoded stands for itself. */
function decoded(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (bytes) =>
    Buffer.from(bytes.replaceAll('%', ''), 'hex').toString(),
  )
}

function modeIn(variables: Variables): string | undefined {
  return [variables['PGSSLMODE'], variables['DB_SSLMODE']].find((mode) =>
    sslModes.some((known) => known === mode),
  )
}

function given<T extends object>(fields: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''),
  ) as { [Key in keyof T]: Exclude<T[Key], undefined> }
}

/** For people. */
export function describeAddress({ host, port }: Pick<Address, 'host' | 'port'>): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** libpq's own variables (32.15): what a list of processes must not show. */
export function libpqVariables(address: Address): Record<string, string> {
  const { host, port, database, user, password, sslmode } = address
  return given({
    PGHOST: host,
    PGPORT: port,
    PGDATABASE: database,
    PGUSER: user,
    PGPASSWORD: password,
    PGSSLMODE: sslmode,
  })
}

/**
 * A connection that is cut between two machines is noticed within a minute; without this a dump would wait for hours
 * (libpq, 32.1.2).
 */
const patience =
  'connect_timeout=10 keepalives_idle=20 keepalives_interval=10 keepalives_count=3 tcp_user_timeout=50000'

/** A connection string to a database of the server, for `--dbname`. */
export function connectionTo(database: string, own: string): string {
  const name = database === own ? '' : ` dbname='${database.replaceAll(/['\\]/g, '\\$&')}'`
  return `${patience}${name}`
}
