import type { OutsideSettings } from '../../app/outside-schema.ts'
import { type Address, urlScheme, type Variables, variableNames } from './address.ts'

/** How an app finds the copy of a database outside, where it rehearses. Pure. */

/** On the network of the rehearsal. Code that names the server itself finds the copy too, but for an address. */
export function copyNames(service: string, { host }: Pick<Address, 'host'>): string[] {
  const isAddress = /^[\d.]+$|:/.test(host)
  return isAddress ? [service] : [service, host]
}

/** The copy listens on the usual port, lets everybody in, and has no certificate. */
export function copyVariables(
  { service, settings, address }: { service: string; settings: OutsideSettings; address: Address },
  variables: Variables,
): Record<string, string> {
  const names = variableNames(settings, variables)
  const { user, database } = address
  const login = `${encodeURIComponent(user)}@${service}:5432/${encodeURIComponent(database)}`
  const scheme = urlScheme(variables[names.url ?? ''] ?? '')
  const own = {
    ...(names.url === undefined || scheme === undefined ? {} : { [names.url]: `${scheme}${login}` }),
    ...(names.host === undefined ? {} : { [names.host]: service }),
    ...(names.port === undefined ? {} : { [names.port]: '5432' }),
  }
  const modes = ['PGSSLMODE', 'DB_SSLMODE'].filter((name) => variables[name] !== undefined)
  return { ...own, ...Object.fromEntries(modes.map((name) => [name, 'disable'])) }
}
