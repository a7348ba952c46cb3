import { z } from 'zod'
import { type MysqlDatabase, ownNames } from '../manifest.ts'

/** What MySQL and MariaDB are asked and told. Pure. Both write JSON, which no name in it can break. */

export function identifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

/** Rides in the database that a swap moves, and so tells whether it has moved. */
export const marker = 'muelle_swap'

/** Tables that tell which migration was the last, and what in them does. */
const migrationTables: Readonly<Record<string, string>> = {
  django_migrations: "(SELECT concat(app, '.', name) FROM %s ORDER BY id DESC LIMIT 1)",
  alembic_version: "(SELECT group_concat(version_num ORDER BY version_num SEPARATOR ',') FROM %s)",
  schema_migrations: '(SELECT max(version) FROM %s)',
  _prisma_migrations: '(SELECT migration_name FROM %s ORDER BY started_at DESC LIMIT 1)',
}

/** Those of the server itself are left out. */
export const listQuery =
  "SELECT json_object('schema', schema_name) FROM information_schema.schemata WHERE schema_name NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') ORDER BY schema_name;"

export const sizeQuery =
  "SELECT json_object('bytes', coalesce(sum(data_length + index_length), 0)) FROM information_schema.tables;"

/** A JSON object a line. */
export function columnsQuery(database: string): string {
  return `SELECT json_object('database', table_schema, 'table', table_name, 'column', column_name, 'isRequired',
  is_nullable = 'NO' AND column_default IS NULL AND extra NOT LIKE '%auto_increment%' AND extra NOT LIKE '%GENERATED%')
  FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
  WHERE table_type = 'BASE TABLE' AND table_schema = ${literal(database)}
  ORDER BY table_name, ordinal_position;`
}

/** What a database is and has, without its rows. */
export function outlineScript(database: string): string {
  const name = literal(database)
  const named = (kind: string, column: string, table: string, schema: string): string =>
    `SELECT json_object('kind', '${kind}', 'name', ${column}) FROM information_schema.${table} WHERE ${schema} = ${name};`
  return [
    `SELECT json_object('version', version(), 'charset', default_character_set_name, 'collation', default_collation_name, 'lowerCase', @@lower_case_table_names) FROM information_schema.schemata WHERE schema_name = ${name};`,
    `SELECT json_object('relation', table_name, 'type', table_type, 'engine', engine) FROM information_schema.tables WHERE table_schema = ${name} ORDER BY table_name;`,
    named('trigger', 'trigger_name', 'triggers', 'trigger_schema'),
    named('event', 'event_name', 'events', 'event_schema'),
    `SELECT json_object('kind', lower(routine_type), 'name', routine_name) FROM information_schema.routines WHERE routine_schema = ${name};`,
    "SELECT json_object('end', 1);",
  ].join('\n')
}

const outlineSchema = z.union([
  z.object({ version: z.string(), charset: z.string(), collation: z.string(), lowerCase: z.int() }),
  z.object({ relation: z.string(), type: z.string(), engine: z.string().nullable() }),
  z.object({ kind: z.enum(['trigger', 'event', 'procedure', 'function']), name: z.string() }),
  z.object({ end: z.literal(1) }),
])

type Kind = 'trigger' | 'event' | 'procedure' | 'function'

export interface Outline {
  version: string
  charset: string
  collation: string
  lowerCase: number
  /** With their engines. Sequences of MariaDB are tables. */
  tables: readonly { name: string; engine: string }[]
  views: readonly string[]
  code: readonly { kind: Kind; name: string }[]
}

/** @throws Error when the lines do not tell all */
export function readOutline(text: string): Outline {
  const facts = readLines(text, outlineSchema)
  const about = facts.find((fact) => 'version' in fact)
  if (about === undefined || !facts.some((fact) => 'end' in fact)) throw new Error('mysql did not tell all')
  const relations = facts.flatMap((fact) => ('relation' in fact ? [fact] : []))
  const isView = ({ type }: { type: string }): boolean => type.includes('VIEW')
  return {
    ...about,
    tables: relations
      .filter((each) => !isView(each) && each.relation !== marker)
      .map(({ relation, engine }) => ({ name: relation, engine: engine ?? 'unknown' })),
    views: relations.filter(isView).map(({ relation }) => relation),
    code: facts.flatMap((fact) => ('kind' in fact ? [fact] : [])),
  }
}

/** How many there are of what is no table; events come last of all, and so are not counted here. */
export function countObjects({ views, code }: Outline): Record<string, number> {
  const count = (...kinds: Kind[]): number => code.filter(({ kind }) => kinds.includes(kind)).length
  return { views: views.length, triggers: count('trigger'), routines: count('procedure', 'function') }
}

/** Only these keep what a transaction has seen; a dump of others would be of several moments. */
export function inconsistent({ tables }: Outline): string[] {
  return tables.filter(({ engine }) => engine !== 'InnoDB').map(({ name, engine }) => `${name} (${engine})`)
}

/** For the client's standard input: how many rows there are, all at the moment in which the first line is printed. */
export function countScript(database: string, { tables }: Outline): string {
  const path = (table: string): string => `${identifier(database)}.${identifier(table)}`
  return [
    'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ;',
    'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY;',
    `${begun};`,
    ...tables.map(
      ({ name }) =>
        `SELECT json_object('table', ${literal(name)}, 'rows', (SELECT count(*) FROM ${path(name)}));`,
    ),
    ...tables.flatMap(({ name }) => {
      const query = migrationTables[name]?.replace('%s', path(name))
      return query === undefined
        ? []
        : [`SELECT json_object('migrations', ${literal(name)}, 'value', ${query});`]
    }),
    "SELECT json_object('end', 1);",
  ].join('\n')
}

const begun = "SELECT json_object('begun', 1)"
export const isBegun = (line: string): boolean => line === '{"begun": 1}'

/** Nothing is committed meanwhile, so that what begins then begins at the same moment. It does not wait for long. */
export const lockScript = `SET SESSION lock_wait_timeout = 10; FLUSH TABLES WITH READ LOCK; SELECT json_object('locked', 1);`
export const isLocked = (line: string): boolean => line === '{"locked": 1}'

/** Of what the client that dumps tells, all but the first lines come after its transaction began. */
export const isDumping = (line: string): boolean => /^-- (?:Setting savepoint|Retrieving)/.test(line)

const countSchema = z.union([
  z.object({ begun: z.literal(1) }),
  z.object({ table: z.string(), rows: z.int() }),
  z.object({ migrations: z.string(), value: z.union([z.string(), z.number().transform(String)]).nullable() }),
  z.object({ end: z.literal(1) }),
])

/** @throws Error when the lines do not tell all */
export function readCounts(text: string): Pick<MysqlDatabase, 'tables' | 'migrations'> {
  const facts = readLines(text, countSchema)
  if (!facts.some((fact) => 'end' in fact)) throw new Error('mysql did not tell all')
  return {
    tables: Object.fromEntries(facts.flatMap((fact) => ('table' in fact ? [[fact.table, fact.rows]] : []))),
    migrations: Object.fromEntries(
      facts.flatMap((fact) =>
        'migrations' in fact && fact.value !== null ? [[fact.migrations, fact.value]] : [],
      ),
    ),
  }
}

export function readNames(text: string): string[] {
  return readLines(text, z.object({ schema: z.string() })).map(({ schema }) => schema)
}

export function ownDatabases(names: readonly string[]): string[] {
  return names.filter((name) => !ownNames.test(name))
}

export function readBytes(text: string): number {
  return Number(readLines(text, z.object({ bytes: z.coerce.number() }))[0]?.bytes ?? 0)
}

/** One as it was, and empty. */
export function createStatements(
  { charset, collation }: Pick<MysqlDatabase, 'charset' | 'collation'>,
  name: string,
): string {
  return `DROP DATABASE IF EXISTS ${identifier(name)}; CREATE DATABASE ${identifier(name)} CHARACTER SET ${charset} COLLATE ${collation};`
}

export function checkStatements(database: string, { tables, views }: Outline): string {
  const all = [...tables.map(({ name }) => name), ...views]
  return all.map((name) => `CHECK TABLE ${identifier(database)}.${identifier(name)};`).join('\n')
}

/** Options of a dump that has neither rows nor tables, and locks nothing. Of a view it would want all that it reads. */
export function codeArguments(database: string, { views }: Outline): string[] {
  const ignored = views.map((view) => `--ignore-table=${database}.${view}`)
  return ['--no-data', '--no-create-info', '--skip-lock-tables', ...ignored]
}

const between = 'muelle: the next view'

/** Asked within their database, whose name is then not in them. */
export function viewsScript({ views }: Outline): string {
  return views.map((view) => `SHOW CREATE VIEW ${identifier(view)}; SELECT ${literal(between)};`).join('\n')
}

/**
 * A statement for each; between tabs stand its name, itself, and its character set and collation.
 * @throws Error when it does not have them all
 */
export function readViews(text: string, { views }: Pick<Outline, 'views'>): string[] {
  const found = text
    .split(between)
    .flatMap((one) => /^[^\t]*\t(CREATE [\s\S]*)\t[^\t]*\t[^\t]*$/.exec(one.trim())?.[1] ?? [])
  if (found.length !== views.length) throw new Error(`${found.length} of ${views.length} views were told`)
  return found
}

/** What `CHECK TABLE` finds: table, operation, kind and text, with a tab between them. */
export function readChecks(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [table, , kind, words] = line.split('\t')
    return kind === 'error' || (kind === 'status' && words !== 'OK') ? [`${table}: ${words}`] : []
  })
}

function readLines<T>(text: string, schema: z.ZodType<T>): T[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => schema.parse(JSON.parse(line)))
}
