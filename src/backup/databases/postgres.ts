import { setTimeout as sleep } from 'node:timers/promises'
import type { EffectOptions, ImageConfig } from '../../engine/port.ts'
import { recode } from '../../errors/muelle-error.ts'
import { readColumns } from '../columns.ts'
import { besideName, compareDatabases, type PostgresDatabase, type PostgresDump } from '../manifest.ts'
import { inside } from '../restic.ts'
import { refusal } from '../versions.ts'
import { databaseLost, dumpFailed } from './failures.ts'
import type { DatabaseKind, Server } from './kind.ts'
import { type Client, connect, maintenance, userOf } from './postgres-client.ts'
import { createRoles, placeOf, restoreOne } from './postgres-load.ts'
import { watchLocks } from './postgres-locks.ts'
import { dumpRoleNames, outsideServer, refuseVersion, refuseWithoutRights } from './postgres-outside.ts'
import * as sql from './postgres-sql.ts'

const everyName = 'SELECT datname FROM pg_database'

/** Milliseconds. A table that is locked for longer is being changed, and its dump would wait for ever. */
const lockPatience = 60_000

/** Milliseconds that a session needs to end and to say why. */
const graceMs = 1000

/** What lies between server and repository need not outlive the machine: the next backup begins anew. */
const hasty = ['--no-sync']

/** PostgreSQL manual, 14.5 "Non-Durable Settings"; with the least log, a table that is loaded is not written twice. */
const forgetful = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  autovacuum: 'off',
}

export const postgres: DatabaseKind<PostgresDump> = {
  version: async (server) => {
    const client = connect(server, await userOf(server))
    return (await client.query(server.access?.database ?? maintenance, ['SHOW server_version'])).trim()
  },

  size: async (server) => {
    const client = connect(server, await userOf(server))
    const { access } = server
    // Who is no superuser may not ask for the size of every database.
    const which = access === undefined ? 'true' : 'datname = current_database()'
    return Number(
      await client.query(access?.database ?? maintenance, [
        `SELECT sum(pg_database_size(oid)) FROM pg_database WHERE ${which}`,
      ]),
    )
  },

  isEmpty: async (server) => {
    const client = connect(server, await userOf(server))
    for (const name of await namesOf(server, client)) if (!(await isEmpty(client, name))) return false
    return true
  },

  dump: async (server, prefix, options) => {
    const user = await userOf(server)
    const client = connect(server, user)
    const outside = outsideServer(server)
    if (outside !== undefined) await refuseVersion(outside, client.query)
    const names = await namesOf(server, client)
    const globals = `${prefix}-globals.sql`
    const main = outside?.access.database ?? (await server.variable('POSTGRES_DB')) ?? user
    // Side by side: the first takes as long as its container to start.
    const [written, databases] = await Promise.allSettled([
      dumpRoles(server, client, { ...options, file: `${inside.dump}/${globals}` }),
      dumpAll(client, { names, main, prefix }, options),
    ])
    // None of them goes on while the other's failure is cleared up after.
    if (databases.status === 'rejected') throw databases.reason
    if (written.status === 'rejected') throw written.reason
    const dumped = databases.value
    const [first] = dumped
    if (first === undefined) throw dumpFailed(server.service, 'it has no database', [])
    return {
      service: server.service,
      kind: 'postgres',
      image: server.image,
      version: first.facts.version,
      user,
      globals,
      databases: dumped.map(({ dump }) => dump),
    }
  },

  scratch: ({ user }, image) => ({
    variables: { POSTGRES_USER: user, POSTGRES_HOST_AUTH_METHOD: 'trust' },
    argv: [],
    forgetful: Object.entries(forgetful).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    data: dataFolder(image),
  }),

  // Only the server that is to stay listens on an address; the one that fills the empty folder does not.
  isReady: async (server, { user }) =>
    connect(server, user)
      .query(maintenance, ['SELECT 1'])
      .then(
        () => true,
        () => false,
      ),

  load: async (server, dump, { rename, isScratch = false, ...options }) => {
    const client = connect(server, await userOf(server, dump))
    const outside = outsideServer(server)
    const home = server.access?.database ?? maintenance
    const available = (await client.query(home, [sql.extensionsQuery])).split('\n')
    const [lacking] = sql.lackingExtensions(dump.databases, available)
    if (lacking !== undefined) throw refusal(server.service, lacking)
    const globals = await client.read(`${inside.dump}/${dump.globals}`)
    // Who may log in is its administrator's to say.
    if (outside === undefined) await createRoles(client, globals)
    else await refuseWithoutRights(outside, client.query)
    const place = await placeOf(client, { globals, home })
    for (const database of dump.databases) {
      const name = rename(database.name)
      const is = await restoreOne(client, { database, name, isScratch, place }, options).catch(
        recode('BACKUP_FAILED', (cause) => databaseLost(database.name, [cause.message], cause)),
      )
      const differences = compareDatabases(database, is)
      if (differences.length > 0) throw databaseLost(database.name, differences)
    }
  },

  // The server has databases of its own, such as `postgres`.
  inScratch: (name) => besideName(name, 'drill'),

  examine: async (server, dump, { rename, ...options }) => {
    const client = connect(server, dump.user)
    if (!(await server.has('pg_amcheck'))) return
    const argv = ['--install-missing', '--heapallindexed']
    for (const { name } of dump.databases) {
      const database = rename(name)
      await client
        .run('pg_amcheck', [...argv, `--database=${database}`], options)
        .catch(recode('BACKUP_FAILED', (cause) => databaseLost(name, [cause.message], cause)))
    }
  },

  columns: async (server, dump) => {
    const client = connect(server, await userOf(server, dump))
    const all = dump.databases.map(({ name }) => client.query(name, [sql.columnsQuery]))
    return (await Promise.all(all)).flatMap(readColumns)
  },

  watchLocks: async (server, dump) => {
    const client = connect(server, await userOf(server, dump))
    return watchLocks(
      client.session,
      dump.databases.map(({ name }) => name),
    )
  },

  list: async (server) => {
    const client = connect(server, await userOf(server))
    return (await client.administer([everyName])).split('\n')
  },

  swap: async (server, swaps) => {
    const client = connect(server, await userOf(server))
    const names = new Set((await client.administer([everyName])).split('\n'))
    const pending = swaps
      .filter(({ beside }) => names.has(beside))
      .map((each) => ({ ...each, isNew: !names.has(each.name) }))
    if (pending.length > 0) await client.administer(sql.swapStatements(pending))
    // One that has no other to be swapped with may have been closed for it.
    const there = swaps.filter(({ name, beside }) => names.has(name) || names.has(beside))
    await client.administer(there.map(({ name }) => sql.openStatement(name)))
  },

  drop: async (server, names) => {
    const client = connect(server, await userOf(server))
    // Who may not make databases has none to remove, and may be let into no other to do so.
    const there = (await client.query(server.access?.database ?? maintenance, [everyName])).split('\n')
    for (const name of names.filter((each) => there.includes(each)))
      await client.administer([`DROP DATABASE IF EXISTS ${sql.identifier(name)} WITH (FORCE)`])
  },

  refuseRestore: async (server) => {
    const outside = outsideServer(server)
    if (outside !== undefined) await refuseWithoutRights(outside, connect(server, await userOf(server)).query)
  },
}

async function dumpAll(
  client: Client,
  { names, main, prefix }: { names: readonly string[]; main: string; prefix: string },
  options: EffectOptions,
): Promise<{ facts: sql.Facts; dump: PostgresDatabase }[]> {
  const dumped: { facts: sql.Facts; dump: PostgresDatabase }[] = []
  for (const [index, name] of names.entries()) {
    // Every server has a database `postgres`, which hardly anybody uses.
    if (name !== main && (await isEmpty(client, name))) continue
    const folder = `${prefix}-${index}`
    const { version, ...facts } = await dumpOne(client, { name, folder }, options)
    dumped.push({ facts: { version, ...facts }, dump: { name, folder, ...facts } })
  }
  return dumped
}

async function isEmpty(client: Client, name: string): Promise<boolean> {
  return (await client.query(name, [sql.tablesQuery])) === '0'
}

/** Where a server of this image keeps its data. */
export function dataFolder({ env }: Pick<ImageConfig, 'env'>): string {
  return env.find((line) => line.startsWith('PGDATA='))?.slice('PGDATA='.length) ?? '/var/lib/postgresql/data'
}

/** Of the databases of the server those that are the app's. */
async function namesOf({ access }: Server, client: Client): Promise<string[]> {
  if (access !== undefined) return [access.database]
  return sql.ownDatabases((await client.query(maintenance, [sql.listQuery])).split('\n'))
}

/** With their passwords, where they are the app's own. */
async function dumpRoles(
  server: Server,
  client: Client,
  { file, ...options }: EffectOptions & { file: string },
): Promise<void> {
  const outside = outsideServer(server)
  if (outside !== undefined) return dumpRoleNames(outside, client, { file, ...options })
  await client.run('pg_dumpall', ['--globals-only', ...hasty, `--file=${file}`], options)
}

/** Counts and dumps the same snapshot, which lives as long as the session that counts. */
async function dumpOne(
  client: Client,
  { name, folder }: { name: string; folder: string },
  options: EffectOptions,
): Promise<sql.Facts> {
  const dumped = Promise.withResolvers<void>()
  const named = Promise.withResolvers<string>()
  const onLine = (line: string): void => {
    const snapshot = sql.readSnapshotName(line)
    if (snapshot !== undefined) named.resolve(snapshot)
  }
  const counting = client.facts(name, { ...options, onLine, until: dumped.promise })
  counting.catch(named.reject)
  try {
    const argv = dumpArguments({ database: client.to(name), folder, snapshot: await named.promise })
    await client.run('pg_dump', argv, options)
  } catch (error) {
    dumped.resolve()
    // A dump whose snapshot went away fails because the counting did, which then tells why.
    await Promise.race([counting, sleep(graceMs)])
    throw error
  }
  dumped.resolve()
  return sql.readFacts((await counting).split('\n'))
}

/** Not compressed: restic does that, and finds more that it has already. */
function dumpArguments({
  database,
  folder,
  snapshot,
}: {
  database: string
  folder: string
  snapshot: string
}): string[] {
  return [
    `--dbname=${database}`,
    `--snapshot=${snapshot}`,
    '--format=directory',
    '--jobs=2',
    '--compress=0',
    ...hasty,
    `--lock-wait-timeout=${lockPatience}`,
    `--file=${inside.dump}/${folder}`,
  ]
}
