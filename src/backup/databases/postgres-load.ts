import type { EffectOptions } from '../../engine/port.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { PostgresDatabase } from '../manifest.ts'
import { inside } from '../restic.ts'
import type { Client } from './postgres-client.ts'
import * as sql from './postgres-sql.ts'

/** Those that the server does not have yet. */
export async function createRoles(client: Client, globals: string): Promise<void> {
  const existing = (await client.administer(['SELECT rolname FROM pg_roles'])).split('\n')
  const statements = sql.missingRoles(globals, existing)
  if (statements.length > 0) await client.administer(statements)
}

/** On a server without the tablespaces of the dump, a scratch one for instance, everything goes to the usual place. */
export async function placeOf(
  client: Client,
  { globals, home }: { globals: string; home: string },
): Promise<readonly string[]> {
  const existing = (await client.query(home, ['SELECT spcname FROM pg_tablespace'])).split('\n')
  const isThere = sql.tablespaces(globals).every((name) => existing.includes(name))
  return isThere ? [] : ['--no-tablespaces']
}

/** Loads one dump as a database of another name, beside what is there. @returns what is in it then, to be compared */
export async function restoreOne(
  client: Client,
  {
    database,
    name,
    isScratch,
    place,
  }: { database: PostgresDatabase; name: string; isScratch: boolean; place: readonly string[] },
  options: EffectOptions,
): Promise<sql.Facts> {
  await createDatabase(client, { database, name }).catch((error: unknown) => {
    if (!isScratch || !lacksLocale(error)) throw error
    // A machine has languages that the image lacks, and what is compared does not depend on them.
    const plain = { ...database, collate: 'C', ctype: 'C', icuLocale: undefined }
    return createDatabase(client, { database: plain, name })
  })
  await client.session(name, { input: sql.accessScript(database.name, name) })
  const timescale = database.extensions['timescaledb']
  const around = timescale === undefined ? undefined : sql.timescaleStatements(timescale)
  if (around !== undefined) await client.query(name, around.before)
  const jobs = around === undefined ? ['--jobs=2'] : []
  const argv = [
    '--exit-on-error',
    ...place,
    ...jobs,
    `--dbname=${client.to(name)}`,
    `${inside.dump}/${database.folder}`,
  ]
  await client.run('pg_restore', argv, options)
  if (around !== undefined) await client.query(name, around.after)
  await client.query(name, ['ANALYZE'])
  return sql.readFacts((await client.facts(name, options)).split('\n'))
}

async function createDatabase(
  client: Client,
  { database, name }: { database: sql.Created; name: string },
): Promise<void> {
  await client.administer([
    `DROP DATABASE IF EXISTS ${sql.identifier(name)} WITH (FORCE)`,
    sql.createStatement(database, name),
    ...sql.settingStatements(database, name),
  ])
}

function lacksLocale(error: unknown): boolean {
  const log = error instanceof MuelleError ? error.log.join('\n') : ''
  return /invalid (?:LC_COLLATE |LC_CTYPE )?locale name|could not (?:open|convert) (?:collator|locale)/.test(
    log,
  )
}
