import { setTimeout as sleep } from 'node:timers/promises'
import type { EffectOptions, ImageConfig, ToolOptions } from '../../engine/port.ts'
import { recode } from '../../errors/muelle-error.ts'
import { besideName, compareDatabases, type PostgresDatabase, type PostgresDump } from '../manifest.ts'
import { inside } from '../restic.ts'
import { refusal } from '../versions.ts'
import { databaseLost, dumpFailed } from './failures.ts'
import type { DatabaseKind, Server } from './kind.ts'
import { watchLocks } from './postgres-locks.ts'
import * as sql from './postgres-sql.ts'

const everyName = 'SELECT datname FROM pg_database'

/** Nobody is connected to it, and every server has it. */
export const maintenance = 'template1'

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
    return (await client.query(maintenance, ['SHOW server_version'])).trim()
  },

  size: async (server) => {
    const client = connect(server, await userOf(server))
    return Number(await client.query(maintenance, ['SELECT sum(pg_database_size(oid)) FROM pg_database']))
  },

  isEmpty: async (server) => {
    const client = connect(server, await userOf(server))
    const names = sql.ownDatabases((await client.query(maintenance, [sql.listQuery])).split('\n'))
    for (const name of names) if (!(await isEmpty(client, name))) return false
    return true
  },

  dump: async (server, prefix, options) => {
    const user = (await server.variable('POSTGRES_USER')) ?? 'postgres'
    const client = connect(server, user)
    const names = sql.ownDatabases((await client.query(maintenance, [sql.listQuery])).split('\n'))
    const globals = `${prefix}-globals.sql`
    const main = (await server.variable('POSTGRES_DB')) ?? user
    // Side by side: the first takes as long as its container to start.
    const [written, databases] = await Promise.allSettled([
      client.run('pg_dumpall', ['--globals-only', ...hasty, `--file=${inside.dump}/${globals}`], options),
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

  load: async (server, dump, { rename, ...options }) => {
    const client = connect(server, await userOf(server, dump))
    const available = (await client.query(maintenance, [sql.extensionsQuery])).split('\n')
    const [lacking] = sql.lackingExtensions(dump.databases, available)
    if (lacking !== undefined) throw refusal(server.service, lacking)
    const globals = await client.read(`${inside.dump}/${dump.globals}`)
    await createRoles(client, globals)
    const place = await placeOf(client, globals)
    for (const database of dump.databases) {
      const name = rename(database.name)
      const is = await restoreOne(client, { database, name, place }, options).catch(
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

  watchLocks: async (server, dump) => {
    const client = connect(server, await userOf(server, dump))
    return watchLocks(
      client.session,
      dump.databases.map(({ name }) => name),
    )
  },

  list: async (server) => {
    const client = connect(server, await userOf(server))
    return (await client.query(maintenance, [everyName])).split('\n')
  },

  swap: async (server, swaps) => {
    const client = connect(server, await userOf(server))
    const names = new Set((await client.query(maintenance, [everyName])).split('\n'))
    const pending = swaps
      .filter(({ beside }) => names.has(beside))
      .map((each) => ({ ...each, isNew: !names.has(each.name) }))
    if (pending.length > 0) await client.query(maintenance, sql.swapStatements(pending))
    // One that has no other to be swapped with may have been closed for it.
    const there = swaps.filter(({ name, beside }) => names.has(name) || names.has(beside))
    await client.query(
      maintenance,
      there.map(({ name }) => sql.openStatement(name)),
    )
  },

  drop: async (server, names) => {
    const client = connect(server, await userOf(server))
    for (const name of names)
      await client.query(maintenance, [`DROP DATABASE IF EXISTS ${sql.identifier(name)} WITH (FORCE)`])
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

export interface Client {
  run: Server['run']
  read(path: string): Promise<string>
  /** Each statement by itself; the answers without heads, a row a line. */
  query(database: string, statements: readonly string[]): Promise<string>
  /** psql on its standard input. */
  session(database: string, options: ToolOptions): Promise<string>
  /** What is in a database now; the transaction stays open until `until` is settled. */
  facts(database: string, options: EffectOptions & { until?: Promise<unknown> }): Promise<string>
}

/** Over the network of its container, where the official images ask for the password that they were made with. */
export function connect(server: Server, user: string): Client {
  const run: Server['run'] = async (program, argv, options = {}) => {
    const password = await server.variable('POSTGRES_PASSWORD')
    const env = password === undefined ? {} : { PGPASSWORD: password }
    return server.run(program, ['--host=127.0.0.1', `--username=${user}`, '--no-password', ...argv], {
      ...options,
      env,
    })
  }
  const psql = ['--no-psqlrc', '--quiet', '--no-align', '--tuples-only', '--set=ON_ERROR_STOP=1']
  const session: Client['session'] = (database, options) =>
    run('psql', [...psql, `--dbname=${database}`], { ...options, isInServer: true })
  return {
    run,
    read: (path) => server.run('cat', [path]),
    query: (database, statements) =>
      run('psql', [...psql, `--dbname=${database}`, ...statements.flatMap((text) => ['--command', text])], {
        isInServer: true,
      }),
    session,
    facts: (database, options) => session(database, { ...options, input: sql.factsScript }),
  }
}

/** A scratch server has the user of the dump; the app's own may have another by now. */
export async function userOf(server: Server, dump?: PostgresDump): Promise<string> {
  return (await server.variable('POSTGRES_USER')) ?? dump?.user ?? 'postgres'
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
    await client.run('pg_dump', dumpArguments({ name, folder, snapshot: await named.promise }), options)
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
  name,
  folder,
  snapshot,
}: {
  name: string
  folder: string
  snapshot: string
}): string[] {
  return [
    `--dbname=${name}`,
    `--snapshot=${snapshot}`,
    '--format=directory',
    '--jobs=2',
    '--compress=0',
    ...hasty,
    `--lock-wait-timeout=${lockPatience}`,
    `--file=${inside.dump}/${folder}`,
  ]
}

async function createRoles(client: Client, globals: string): Promise<void> {
  const existing = (await client.query(maintenance, ['SELECT rolname FROM pg_roles'])).split('\n')
  const statements = sql.missingRoles(globals, existing)
  if (statements.length > 0) await client.query(maintenance, statements)
}

/** On a server without the tablespaces of the dump, a scratch one for instance, everything goes to the usual place. */
async function placeOf(client: Client, globals: string): Promise<readonly string[]> {
  const existing = (await client.query(maintenance, ['SELECT spcname FROM pg_tablespace'])).split('\n')
  const isThere = sql.tablespaces(globals).every((name) => existing.includes(name))
  return isThere ? [] : ['--no-tablespaces']
}

async function restoreOne(
  client: Client,
  { database, name, place }: { database: PostgresDatabase; name: string; place: readonly string[] },
  options: EffectOptions,
): Promise<sql.Facts> {
  await client.query(maintenance, [
    `DROP DATABASE IF EXISTS ${sql.identifier(name)} WITH (FORCE)`,
    sql.createStatement(database, name),
    ...sql.settingStatements(database, name),
  ])
  const timescale = database.extensions['timescaledb']
  const around = timescale === undefined ? undefined : sql.timescaleStatements(timescale)
  if (around !== undefined) await client.query(name, around.before)
  const jobs = around === undefined ? ['--jobs=2'] : []
  const argv = ['--exit-on-error', ...place, ...jobs, `--dbname=${name}`, `${inside.dump}/${database.folder}`]
  await client.run('pg_restore', argv, options)
  if (around !== undefined) await client.query(name, around.after)
  await client.query(name, ['ANALYZE'])
  return sql.readFacts((await client.facts(name, options)).split('\n'))
}
