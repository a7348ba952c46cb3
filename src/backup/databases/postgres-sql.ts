import { z } from 'zod'
import { ownNames, type PostgresDatabase, type Swap } from '../manifest.ts'

/** What PostgreSQL is asked and told. Pure. Names and texts are quoted as its manual says (4.1.1, 4.1.2). */

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted
}

/** Nobody may end it while it waits, but it does not wait for ever for a table that is being changed. */
const patience =
  'SET statement_timeout = 0; SET lock_timeout = 60000; SET idle_in_transaction_session_timeout = 0;'

/** Tables that tell which migration was the last, and what in them does. */
const migrationTables: Readonly<Record<string, string>> = {
  django_migrations: "(SELECT app || '.' || name FROM %s ORDER BY id DESC LIMIT 1)",
  alembic_version: "(SELECT string_agg(version_num, ',' ORDER BY version_num) FROM %s)",
  schema_migrations: '(SELECT max(version)::text FROM %s)',
  _prisma_migrations: '(SELECT migration_name FROM %s ORDER BY started_at DESC LIMIT 1)',
}

const ownTables = `n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND NOT EXISTS (
  SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`

/** A JSON object a line. TimescaleDB's chunks have the columns of their tables. */
export const columnsQuery = `SELECT json_build_object('database', current_database(),
  'table', CASE table_schema WHEN 'public' THEN '' ELSE table_schema || '.' END || table_name, 'column', column_name,
  'isRequired', is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO' AND is_generated = 'NEVER')
  FROM information_schema.columns JOIN information_schema.tables USING (table_catalog, table_schema, table_name)
  WHERE table_type = 'BASE TABLE' AND table_schema <> 'information_schema' AND table_schema !~ '^(pg|_timescaledb)_'
  ORDER BY table_schema, table_name, ordinal_position`

/**
 * For psql's standard input: what is in a database, a JSON object a line, all in one snapshot, of which the first line
 * is the name. The transaction stays open until psql's input ends, so that a dump can be of the same snapshot.
 */
export const factsScript = `${patience}
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT json_build_object('snapshot', pg_export_snapshot());
SELECT json_build_object('version', current_setting('server_version'), 'owner', pg_get_userbyid(datdba),
  'encoding', pg_encoding_to_char(encoding), 'collate', datcollate, 'ctype', datctype, 'provider', datlocprovider,
  'icu', coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale'))
  FROM pg_database d WHERE datname = current_database();
SELECT json_build_object('setting', split_part(s, '=', 1), 'value', substr(s, strpos(s, '=') + 1))
  FROM pg_db_role_setting r, unnest(setconfig) s
  WHERE setrole = 0 AND setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database());
SELECT json_build_object('extension', extname, 'value', extversion) FROM pg_extension;
SELECT format('SELECT json_build_object(''table'', %L, ''rows'', count(*)) FROM ONLY %I.%I',
    n.nspname || '.' || c.relname, n.nspname, c.relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND ${ownTables}
  ORDER BY n.nspname, c.relname
\\gexec
${Object.entries(migrationTables)
  .map(
    ([
      table,
      query,
    ]) => `SELECT format('SELECT json_build_object(''migrations'', %L, ''value'', ${query.replaceAll(
      "'",
      "''",
    )})', n.nspname || '.' || c.relname, format('%I.%I', n.nspname, c.relname))
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND c.relname = '${table}' AND ${ownTables}
\\gexec`,
  )
  .join('\n')}
SELECT json_build_object('end', true);
`

const factSchema = z.union([
  z.object({ snapshot: z.string() }),
  z.object({
    version: z.string(),
    owner: z.string(),
    encoding: z.string(),
    collate: z.string(),
    ctype: z.string(),
    provider: z.string(),
    icu: z.string().nullable(),
  }),
  z.object({ setting: z.string(), value: z.string() }),
  z.object({ extension: z.string(), value: z.string() }),
  z.object({ table: z.string(), rows: z.int() }),
  z.object({ migrations: z.string(), value: z.string().nullable() }),
  z.object({ end: z.literal(true) }),
])

export function readSnapshotName(line: string): string | undefined {
  return /^\{"snapshot" : "([0-9A-F-]+)"\}$/.exec(line)?.[1]
}

export type Facts = Omit<PostgresDatabase, 'name' | 'folder'> & { version: string }

/** @throws Error when the lines do not tell all */
export function readFacts(lines: readonly string[]): Facts {
  const facts = lines.filter((line) => line.startsWith('{')).map((line) => factSchema.parse(JSON.parse(line)))
  const about = facts.find((fact) => 'provider' in fact)
  if (about === undefined || !facts.some((fact) => 'end' in fact)) throw new Error('psql did not tell all')
  const { provider, icu, version, owner, encoding, collate, ctype } = about
  return {
    version,
    owner,
    encoding,
    collate,
    ctype,
    ...(provider === 'i' && icu !== null ? { icuLocale: icu } : {}),
    settings: facts.flatMap((fact) => ('setting' in fact ? [{ name: fact.setting, value: fact.value }] : [])),
    extensions: Object.fromEntries(
      facts.flatMap((fact) => ('extension' in fact ? [[fact.extension, fact.value]] : [])),
    ),
    tables: Object.fromEntries(facts.flatMap((fact) => ('table' in fact ? [[fact.table, fact.rows]] : []))),
    migrations: Object.fromEntries(
      facts.flatMap((fact) =>
        'migrations' in fact && fact.value !== null ? [[fact.migrations, fact.value]] : [],
      ),
    ),
  }
}

export const listQuery = 'SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 1'

/** Everything that holds something of the app's own. */
export const tablesQuery = `SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'm', 'S', 'v') AND ${ownTables}`

/** Of the user, to the database that it is connected to. */
export const rightsQuery = `SELECT json_build_object('createsDatabases', r.rolcreatedb OR r.rolsuper,
  'ownsDatabase', pg_has_role(d.datdba, 'USAGE'), 'owner', pg_get_userbyid(d.datdba))
  FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()`

const rightsSchema = z.object({ createsDatabases: z.boolean(), ownsDatabase: z.boolean(), owner: z.string() })

export function readRights(text: string): z.infer<typeof rightsSchema> {
  return rightsSchema.parse(JSON.parse(text))
}

/**
 * For psql's standard input: whoever may connect to a database may connect to the one that is to take its place. A dump of
 * one database does not say it.
 */
export function accessScript(from: string, to: string): string {
  return `SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', ${literal(to)})
  FROM pg_database WHERE datname = ${literal(from)} AND datacl IS NOT NULL
UNION ALL
SELECT format('GRANT %s ON DATABASE %I TO %s', a.privilege_type, ${literal(to)},
    CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
  FROM pg_database d, aclexplode(d.datacl) a WHERE d.datname = ${literal(from)}
\\gexec
`
}

/** Those that a dump may name as owners or grantees; who is no superuser cannot read what else there is to them. */
export const rolesQuery = `SELECT format(E'CREATE ROLE %1$I;\n%2$s', rolname,
  CASE WHEN rolcanlogin THEN format('ALTER ROLE %I LOGIN;', rolname) ELSE '' END)
  FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY rolname`

export function ownDatabases(lines: readonly string[]): string[] {
  return lines.filter((name) => name !== '' && !ownNames.test(name))
}

/** What a database is created with. */
export type Created = Omit<PostgresDatabase, 'tables' | 'icuLocale'> & { icuLocale?: string | undefined }

export function createStatement(database: Created, name: string): string {
  const { owner, encoding, collate, ctype, icuLocale } = database
  const locale = icuLocale === undefined ? '' : ` LOCALE_PROVIDER icu ICU_LOCALE ${literal(icuLocale)}`
  return (
    `CREATE DATABASE ${identifier(name)} TEMPLATE template0 OWNER ${identifier(owner)} ENCODING ${literal(encoding)}` +
    ` LC_COLLATE ${literal(collate)} LC_CTYPE ${literal(ctype)}${locale}`
  )
}

/** Their values are lists of names, which a quotation would make one name (guc.h, GUC_LIST_QUOTE). */
const lists = new Set([
  'search_path',
  'temp_tablespaces',
  'local_preload_libraries',
  'session_preload_libraries',
  'shared_preload_libraries',
  'unix_socket_directories',
])

export function settingStatements({ settings }: Pick<PostgresDatabase, 'settings'>, name: string): string[] {
  return settings.map(({ name: setting, value }) => {
    const written = lists.has(setting)
      ? value
          .split(',')
          .map((part) =>
            literal(
              part
                .trim()
                .replace(/^"(.*)"$/, '$1')
                .replaceAll('""', '"'),
            ),
          )
          .join(', ')
      : literal(value)
    return `ALTER DATABASE ${identifier(name)} SET ${setting} TO ${written}`
  })
}

/**
 * Statements of `pg_dumpall --globals-only` about roles that a server does not have. Those that it has keep their
 * passwords, which may have been changed since. Everything else is left out.
 */
export function missingRoles(globals: string, existing: readonly string[]): string[] {
  // What is a reserved word is quoted, and nobody knows all of them.
  const known = new Set(existing.flatMap((name) => [name, identifier(name)]))
  const statements = globals
    .split('\n')
    .filter((line) => /^(?:CREATE|ALTER) ROLE .*;$|^GRANT .*;$/.test(line))
  const created = statements.flatMap((line) => /^CREATE ROLE (.+);$/.exec(line)?.[1] ?? [])
  const isMissing = (role: string | undefined): boolean =>
    role !== undefined && created.includes(role) && !known.has(role)
  return statements.filter((line) => {
    const [, subject] = /^(?:CREATE|ALTER) ROLE ("(?:[^"]|"")+"|[^\s;]+)/.exec(line) ?? []
    const [, member] = /^GRANT .+ TO ("(?:[^"]|"")+"|[^\s;]+)/.exec(line) ?? []
    return isMissing(subject) || isMissing(member)
  })
}

/** Names of tablespaces that `pg_dumpall --globals-only` tells of. */
export function tablespaces(globals: string): string[] {
  return [...globals.matchAll(/^CREATE TABLESPACE ("(?:[^"]|"")+"|\S+) /gm)].map(([, name = '']) =>
    name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name,
  )
}

/**
 * One transaction: either all of them have swapped, or none. Nobody can connect meanwhile, because a database that
 * somebody is connected to keeps its name; the old one stays closed.
 */
export function swapStatements(swaps: readonly (Swap & { isNew: boolean })[]): string[] {
  const closed = swaps.flatMap(({ name, beside, isNew }) => (isNew ? [beside] : [name, beside]))
  const closing = closed.map((name) => `ALTER DATABASE ${identifier(name)} ALLOW_CONNECTIONS false`)
  const renames = swaps.flatMap(({ name, beside, before, isNew }) => [
    ...(isNew ? [] : [`ALTER DATABASE ${identifier(name)} RENAME TO ${identifier(before)}`]),
    `ALTER DATABASE ${identifier(beside)} RENAME TO ${identifier(name)}`,
    openStatement(name),
  ])
  return [...closing, endConnections(closed), 'BEGIN', ...renames, 'COMMIT']
}

export function openStatement(name: string): string {
  return `ALTER DATABASE ${identifier(name)} ALLOW_CONNECTIONS true`
}

/** Waits until they have ended. */
function endConnections(names: readonly string[]): string {
  const list = names.map(literal).join(', ')
  return `SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE datname IN (${list}) AND pid <> pg_backend_pid()`
}

/** Of every extension that could be made, in which versions. */
export const extensionsQuery = "SELECT name || ' ' || version FROM pg_available_extension_versions"

/**
 * What of the databases' extensions a server does not have, a sentence each. Of TimescaleDB, whose tables are not dumped as
 * they are used, it has to be the same version.
 */
export function lackingExtensions(
  databases: readonly Pick<PostgresDatabase, 'name' | 'extensions'>[],
  available: readonly string[],
): string[] {
  const has = (name: string, version?: string): boolean =>
    available.some((line) =>
      version === undefined ? line.startsWith(`${name} `) : line === `${name} ${version}`,
    )
  return databases.flatMap(({ name: database, extensions }) =>
    Object.entries(extensions).flatMap(([name, version]) => {
      if (has(name, name === 'timescaledb' ? version : undefined)) return []
      return [
        `it does not have the extension ${name}${name === 'timescaledb' ? ` ${version}` : ''}, which ${database} needs`,
      ]
    }),
  )
}

/** As pg_restore wants it for a database with TimescaleDB (docs.timescale.com, "Migrate with pg_dump"). */
export function timescaleStatements(version: string): { before: string[]; after: string[] } {
  return {
    before: [`CREATE EXTENSION timescaledb VERSION ${literal(version)}`, 'SELECT timescaledb_pre_restore()'],
    after: ['SELECT timescaledb_post_restore()'],
  }
}
