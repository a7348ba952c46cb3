import { ownNames } from '../../app/app.ts'
import { lifeLines } from '../end-of-life.ts'
import type { Database, Facts } from '../facts.ts'
import type { Rule } from '../rule.ts'

const unreachable: Rule = {
  id: 'database-unreachable',
  severity: 'critical',
  reason:
    'A database outside the Compose file is not started with the app: when it cannot be used from its containers, no release can.',
  fix: 'Let the server listen on the address that containers reach (`listen_addresses`, `bind-address`), let it accept them (`pg_hba.conf`, grants), and the firewall let them through; for a server on the same machine `extra_hosts: ["host.docker.internal:host-gateway"]`.',
  find: (facts) =>
    outside(facts).flatMap(({ service, alias, database }) =>
      database.error === null
        ? []
        : {
            service,
            what: `The database ${alias} at ${address(database)} cannot be used: ${database.error.replace(/\.$/, '')}.`,
            write: `a server that ${service} reaches at ${address(database)}, with the user and the password that it gives`,
          },
    ),
}

const endOfLife: Rule = {
  id: 'database-end-of-life',
  severity: 'high',
  reason: 'Holes that are found in a server after its end of life are never mended, wherever it runs.',
  fix: 'A newer major version, after a backup and a rehearsal on a copy.',
  find: (facts) =>
    outside(facts).flatMap(({ service, alias, database }) => {
      const product = productOf(database)
      if (product === undefined || database.version === null) return []
      return lifeLines(product, database.version)
        .filter(({ ends }) => ends < facts.today)
        .map(({ name, ends }) => ({
          service,
          what: `The database ${alias} at ${address(database)}: ${name} came to the end of its life on ${ends}.`,
          write: `a server of a version that is still mended at ${address(database)}`,
        }))
    }),
}

/** Those of the file itself may not run yet, and their images are looked at. */
function outside({ app, django }: Facts) {
  if (django === undefined) return []
  const names = new Set(app.services.flatMap(ownNames))
  return Object.entries(django.databases)
    .filter(([, { host }]) => host !== '' && !host.startsWith('/') && !names.has(host))
    .map(([alias, database]) => ({ service: django.service, alias, database }))
}

function address({ host, port }: Database): string {
  return port === '' ? host : `${host}:${port}`
}

/** MariaDB, which began with 10 where MySQL was at 5, is asked by MySQL's backend. */
function productOf({ engine, version }: Database): string | undefined {
  if (/postgresql|postgis|timescale/.test(engine)) return 'postgres'
  if (!/mysql/.test(engine)) return undefined
  return Number.parseInt(version ?? '', 10) >= 10 ? 'mariadb' : 'mysql'
}

export const databaseRules = [unreachable, endOfLife]
