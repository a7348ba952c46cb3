import { z } from 'zod'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { Swap } from '../manifest.ts'
import { inside } from '../restic.ts'
import type { Client } from './mysql-client.ts'
import * as sql from './mysql-sql.ts'

/**
 * MySQL cannot rename a database, but moves all tables of several at once. Views, routines, triggers and events cannot be
 * moved: they are written into files beside the dumps first, taken away, and made again where their tables are then. Each
 * step may be done twice; a marker that moves with the tables says on which side of the move a swap was left.
 */
export async function swapDatabases(client: Client, swaps: readonly Swap[]): Promise<void> {
  const names = new Set(sql.readNames(await client.query(sql.listQuery)))
  const pending = swaps.filter(({ beside }) => names.has(beside))
  const moves: Move[] = []
  for (const swap of pending)
    if (!names.has(swap.before) || !(await hasMarker(client, swap.before)))
      moves.push(await prepare(client, swap, names))
  if (moves.length > 0) await client.query(moveStatement(moves))
  for (const swap of pending) await finish(client, swap)
}

interface Move extends Swap {
  old: sql.Outline
  new: sql.Outline
}

/** Files are named by what they are from, not by the name that it has at the moment: a way back finds them again. */
export const eventsFile = (key: string): string => `${key}.events.sql`
const codeFile = (key: string): string => `${key}.code.sql`
const viewsFile = (key: string): string => `${key}.views.json`

async function hasMarker(client: Client, database: string): Promise<boolean> {
  const query = `SELECT json_object('schema', table_name) FROM information_schema.tables WHERE table_schema = ${sql.literal(database)} AND table_name = '${sql.marker}';`
  return sql.readNames(await client.query(query)).length > 0
}

async function outlineOf(client: Client, database: string): Promise<sql.Outline> {
  return sql.readOutline(await client.query(sql.outlineScript(database)))
}

async function prepare(client: Client, swap: Swap, names: ReadonlySet<string>): Promise<Move> {
  const { name, beside, before } = swap
  // In this order: a database under the name for the old one, without a marker on either side, would say nothing.
  await client.query(`CREATE TABLE IF NOT EXISTS ${path(beside, sql.marker)} (id int PRIMARY KEY);`)
  const next = await outlineOf(client, beside)
  if (!names.has(name)) await client.query(makeStatement(name, next))
  const old = await outlineOf(client, name)
  await client.query(makeStatement(before, old))
  await keepCode(client, { database: name, key: before, outline: old })
  await keepCode(client, { database: beside, key: beside, outline: next })
  await client.query([...dropStatements(name, old), ...dropStatements(beside, next)].join('\n'))
  return { ...swap, old, new: next }
}

function makeStatement(database: string, { charset, collation }: sql.Outline): string {
  return `CREATE DATABASE IF NOT EXISTS ${sql.identifier(database)} CHARACTER SET ${charset} COLLATE ${collation};`
}

/** What is there already is whole, and may be all that is left. */
async function keepCode(
  client: Client,
  { database, key, outline }: { database: string; key: string; outline: sql.Outline },
): Promise<void> {
  const there = await client.files()
  const part = `${inside.dump}/part.sql`
  const keep = async (file: string, make: () => Promise<void>): Promise<void> => {
    if (there.has(file)) return
    await make()
    await client.move(part, `${inside.dump}/${file}`)
  }
  const code = [...sql.codeArguments(database, outline), `--result-file=${part}`]
  await keep(eventsFile(key), () => client.dump(database, [...code, '--skip-triggers', '--events']))
  await keep(viewsFile(key), async () => {
    const views = sql.readViews(await client.query(sql.viewsScript(outline), { database }), outline)
    await client.write(part, JSON.stringify(views))
  })
  await keep(codeFile(key), () => client.dump(database, [...code, '--triggers', '--routines']))
}

function dropStatements(database: string, { views, code }: sql.Outline): string[] {
  return [
    ...code.map(({ kind, name }) => `DROP ${kind} IF EXISTS ${path(database, name)};`),
    ...views.map((view) => `DROP VIEW IF EXISTS ${path(database, view)};`),
  ]
}

/** One statement: all tables have moved, or none. */
function moveStatement(moves: readonly Move[]): string {
  const renames = moves.flatMap(({ name, beside, before, old, new: next }) => [
    ...old.tables.map((table) => `${path(name, table.name)} TO ${path(before, table.name)}`),
    ...next.tables.map((table) => `${path(beside, table.name)} TO ${path(name, table.name)}`),
    `${path(beside, sql.marker)} TO ${path(before, sql.marker)}`,
  ])
  return `SET SESSION lock_wait_timeout = 60; RENAME TABLE ${renames.join(', ')};`
}

async function finish(client: Client, { name, beside, before }: Swap): Promise<void> {
  const there = await client.files()
  // Before it, nothing was taken away.
  if (there.has(codeFile(beside))) {
    const left = await outlineOf(client, name)
    const { charset, collation } = await outlineOf(client, beside)
    const database = `ALTER DATABASE ${sql.identifier(name)} CHARACTER SET ${charset} COLLATE ${collation};`
    await client.query([...dropStatements(name, left), database].join('\n'))
    await client.source(name, codeFile(beside))
    const missing = await makeViews(client, name, beside)
    if (missing > 0) throw viewsLost(name, missing)
    await client.source(name, eventsFile(beside))
  }
  // Nobody wants its events to do anything there.
  if (there.has(codeFile(before))) {
    await client.source(before, codeFile(before))
    // Those that could not be read before cannot be made, and are no loss.
    await makeViews(client, before, before)
  }
  await client.query(`DROP DATABASE IF EXISTS ${sql.identifier(beside)};`)
}

/** One may read another, in any order. @returns how many could not be made */
async function makeViews(client: Client, database: string, key: string): Promise<number> {
  const views = z.array(z.string()).parse(JSON.parse(await client.read(`${inside.dump}/${viewsFile(key)}`)))
  const script = views.map((view) => `${view};`).join('\n')
  let [made, before] = [0, -1]
  while (made < views.length && made > before) {
    before = made
    await client.attempt(script, database)
    made = (await outlineOf(client, database)).views.length
  }
  return views.length - made
}

function viewsLost(database: string, count: number): MuelleError {
  return new MuelleError('RESTORE_FAILED', `${count} views of ${database} could not be made again.`, {
    hint: 'See which read what is not there:  SHOW FULL TABLES WHERE Table_type = "VIEW"',
  })
}

function path(database: string, name: string): string {
  return `${sql.identifier(database)}.${sql.identifier(name)}`
}
