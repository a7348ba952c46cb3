import type { EffectOptions } from '../../engine/port.ts'
import { MuelleError, recode } from '../../errors/muelle-error.ts'
import { readColumns } from '../columns.ts'
import { compareDatabases, type MysqlDatabase, type MysqlDump } from '../manifest.ts'
import { inside } from '../restic.ts'
import { databaseLost, dumpFailed } from './failures.ts'
import type { DatabaseKind } from './kind.ts'
import * as accounts from './mysql-accounts.ts'
import { type Client, connect } from './mysql-client.ts'
import * as sql from './mysql-sql.ts'
import { eventsFile, swapDatabases } from './mysql-swap.ts'

/** MySQL 8 and later, and MariaDB. */
export const mysql: DatabaseKind<MysqlDump> = {
  version: async (server) => (await (await connect(server)).query('SELECT version();')).trim(),

  size: async (server) => sql.readBytes(await (await connect(server)).query(sql.sizeQuery)),

  dump: async (server, prefix, options) => {
    const client = await connect(server)
    const names = sql.ownDatabases(sql.readNames(await client.query(sql.listQuery)))
    const saved = `${prefix}-accounts.json`
    await client.write(`${inside.dump}/${saved}`, JSON.stringify(await saveAccounts(client)))
    const main = (await server.variable('MARIADB_DATABASE')) ?? (await server.variable('MYSQL_DATABASE'))
    const dumped: { outline: sql.Outline; dump: MysqlDatabase }[] = []
    for (const [index, name] of names.entries()) {
      const outline = sql.readOutline(await client.query(sql.outlineScript(name)))
      if (name !== main && outline.tables.length === 0) continue
      const folder = `${prefix}-${index}.sql`
      dumped.push({ outline, dump: await dumpOne(client, { name, folder, outline }, options) })
    }
    const [first] = dumped
    if (first === undefined) throw dumpFailed(server.service, 'it has no database', [])
    const { version, lowerCase } = first.outline
    const databases = dumped.map(({ dump }) => dump)
    const { service, image } = server
    return { service, kind: 'mysql', image, version, accounts: saved, lowerCase, databases }
  },

  // MariaDB takes these names too. What it writes down for others to follow, nobody reads.
  scratch: ({ lowerCase }) => ({
    variables: { MYSQL_ALLOW_EMPTY_PASSWORD: '1', MYSQL_INITDB_SKIP_TZINFO: '1' },
    argv: [`--lower-case-table-names=${lowerCase}`, '--max-allowed-packet=1G', '--skip-log-bin'],
    forgetful: ['--innodb-flush-log-at-trx-commit=0', '--innodb-doublewrite=OFF'],
    data: '/var/lib/mysql',
  }),

  // Views and code may name other databases of the server.
  inScratch: (name) => name,

  // Only the server that is to stay listens on an address; the one that fills the empty folder does not.
  isReady: async (server) =>
    connect(server)
      .then((client) => client.query('SELECT 1;'))
      .then(
        () => true,
        () => false,
      ),

  load: async (server, dump, { rename, ...options }) => {
    const client = await connect(server)
    const grants = await createAccounts(client, dump)
    for (const database of dump.databases) {
      const name = rename(database.name)
      const is = await loadOne(client, { database, name }, options).catch(
        recode('BACKUP_FAILED', (cause) => databaseLost(database.name, [cause.message], cause)),
      )
      const differences = compareDatabases(database, is)
      if (differences.length > 0) throw databaseLost(database.name, differences)
    }
    if (grants.length > 0) await client.attempt(statements(grants))
  },

  // Events would do their work meanwhile, so a restore makes them at its end, and here they come last too.
  examine: async (server, dump, { rename, ...options }) => {
    const client = await connect(server)
    for (const { name, folder } of dump.databases) {
      const database = rename(name)
      const outline = sql.readOutline(await client.query(sql.outlineScript(database)))
      const found = sql.readChecks(await client.query(sql.checkStatements(database, outline), options))
      if (found.length > 0) throw databaseLost(name, found)
      await client
        .source(database, eventsFile(folder), options)
        .catch(recode('BACKUP_FAILED', (cause) => databaseLost(name, [cause.message], cause)))
    }
  },

  columns: async (server, { databases }) => {
    const client = await connect(server)
    return readColumns(await client.query(databases.map(({ name }) => sql.columnsQuery(name)).join('\n')))
  },

  list: async (server) => sql.readNames(await (await connect(server)).query(sql.listQuery)),

  swap: async (server, swaps) => swapDatabases(await connect(server), swaps),

  drop: async (server, names) => {
    const client = await connect(server)
    await client.query(names.map((name) => `DROP DATABASE IF EXISTS ${sql.identifier(name)};`).join('\n'))
  },
}

interface One {
  name: string
  folder: string
  outline: sql.Outline
}

/**
 * MySQL cannot hand a snapshot from one session to another. So nothing is committed from before two sessions begin until
 * both have begun: the one that counts, and the one that dumps.
 */
async function dumpOne(client: Client, { name, folder, outline }: One, options: EffectOptions) {
  refuseInconsistent(client, name, outline)
  const lock = hold(client, options)
  try {
    await lock.held
    const counting = begin(sql.isBegun, (onLine) =>
      client.query(sql.countScript(name, outline), { ...options, onLine }),
    )
    const file = `--result-file=${inside.dump}/${folder}`
    const dumping = begin(sql.isDumping, (onLine) =>
      client.dump(name, ['--single-transaction', '--verbose', '--triggers', '--routines', file], {
        ...options,
        onLine,
      }),
    )
    await Promise.all([counting.begun, dumping.begun])
    await lock.release()
    const [counted] = await Promise.all([counting.ended, dumping.ended])
    const events = [...sql.codeArguments(name, outline), '--skip-triggers', '--events']
    await client.dump(name, [...events, `--result-file=${inside.dump}/${eventsFile(folder)}`], options)
    return describe({ name, folder, outline }, counted)
  } finally {
    await lock.release().catch(() => undefined)
  }
}

/** Nothing is committed until it is released. */
function hold(client: Client, options: EffectOptions): { held: Promise<void>; release(): Promise<void> } {
  const released = Promise.withResolvers<void>()
  const { begun, ended } = begin(sql.isLocked, (onLine) =>
    client.query(sql.lockScript, { ...options, onLine, until: released.promise }),
  )
  return {
    held: begun,
    release: async () => {
      released.resolve()
      await ended
    },
  }
}

/** Runs something of which a line says that it has begun; `begun` fails with it. */
function begin<T>(
  isSign: (line: string) => boolean,
  run: (onLine: (line: string) => void) => Promise<T>,
): { begun: Promise<void>; ended: Promise<T> } {
  const sign = Promise.withResolvers<void>()
  const ended = run((line) => {
    if (isSign(line)) sign.resolve()
  })
  ended.then(() => sign.resolve(), sign.reject)
  // Whoever waits for the first that fails is told.
  sign.promise.catch(() => undefined)
  ended.catch(() => undefined)
  return { begun: sign.promise, ended }
}

function describe({ name, folder, outline }: One, counted: string): MysqlDatabase {
  const { charset, collation } = outline
  const objects = sql.countObjects(outline)
  return { name, folder, charset, collation, extensions: {}, ...sql.readCounts(counted), objects }
}

function refuseInconsistent({ service }: Client, database: string, outline: sql.Outline): void {
  const tables = sql.inconsistent(outline)
  const [first] = tables
  if (first === undefined) return
  const more = tables.length > 1 ? ` and ${tables.length - 1} more` : ''
  throw new MuelleError(
    'BACKUP_UNSUPPORTED',
    `${service} cannot be backed up while the app works: ${database} has tables that know no transactions: ${first}${more}.`,
    { hint: 'Change each of them:  ALTER TABLE … ENGINE=InnoDB', log: tables.slice(0, 15) },
  )
}

async function loadOne(
  client: Client,
  { database, name }: { database: MysqlDatabase; name: string },
  options: EffectOptions,
): Promise<MysqlDatabase> {
  const { folder } = database
  await client.query(sql.createStatements(database, name))
  await client.source(name, folder, options)
  // What a swap makes at its end.
  await client.copy(`${inside.dump}/${eventsFile(folder)}`, `${inside.dump}/${eventsFile(name)}`)
  const outline = sql.readOutline(await client.query(sql.outlineScript(name)))
  return describe({ name, folder, outline }, await client.query(sql.countScript(name, outline), options))
}

async function saveAccounts(client: Client): Promise<accounts.SavedAccounts> {
  const { isMaria } = client
  const found = accounts.readAccounts(await client.query(accounts.accountsQuery(isMaria)))
  const saved: accounts.SavedAccounts = []
  for (const account of found)
    saved.push(accounts.readShown(account, await client.query(accounts.showStatements(account, isMaria))))
  return saved
}

/** @returns what can be granted only once the databases are there */
async function createAccounts(client: Client, dump: MysqlDump): Promise<string[]> {
  const saved = accounts.readSaved(await client.read(`${inside.dump}/${dump.accounts}`))
  const existing = accounts.readAccounts(await client.query(accounts.accountsQuery(client.isMaria)))
  const { needed, ofObjects } = accounts.missingAccounts(saved, existing)
  if (needed.length > 0) await client.query(statements(needed))
  return ofObjects
}

function statements(list: readonly string[]): string {
  return list.map((statement) => `${statement};`).join('\n')
}
