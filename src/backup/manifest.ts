import { z } from 'zod'

/** What a restore point says of itself, beside the dumps. A restore believes nothing of it that it cannot check. */

const name = z.string().min(1).max(200)
/** Becomes part of a path. */
const plainName = name.regex(/^(?!\.{1,2}$)[\w.-]+$/)

const commonSchema = z.object({
  name,
  /** Its dump, below the folder of dumps. */
  folder: plainName,
  /** Version by name. */
  extensions: z.record(z.string(), z.string()),
  /** Rows by table. */
  tables: z.record(z.string(), z.int()),
  /** The last migration, by the table that says so. */
  migrations: z.record(z.string(), z.string()),
  /** How many there are of what is no table, such as views. */
  objects: z.record(z.string(), z.int()).optional(),
})

const postgresDatabaseSchema = commonSchema.extend({
  owner: name,
  encoding: name,
  collate: name,
  ctype: name,
  /** Of ICU, where the database sorts by that. */
  icuLocale: name.optional(),
  /** `ALTER DATABASE … SET`. */
  settings: z.array(z.object({ name: z.string().regex(/^[\w.]+$/), value: z.string() })),
})

const mysqlDatabaseSchema = commonSchema.extend({
  charset: z.string().regex(/^\w+$/),
  collation: z.string().regex(/^\w+$/),
})

const commonServerSchema = z.object({
  service: plainName,
  /** As the Compose file calls it. */
  image: name,
  version: name,
})

const postgresSchema = commonServerSchema.extend({
  kind: z.literal('postgres'),
  user: name,
  /** Roles with their hashed passwords, as `pg_dumpall` writes them. */
  globals: plainName,
  databases: z.array(postgresDatabaseSchema),
})

/** MariaDB too. */
const mysqlSchema = commonServerSchema.extend({
  kind: z.literal('mysql'),
  /** Accounts with their hashed passwords, and what they may do. */
  accounts: plainName,
  /** `lower_case_table_names`, without which the names of tables are others. */
  lowerCase: z.int(),
  databases: z.array(mysqlDatabaseSchema),
})

const redisSchema = commonServerSchema.extend({
  kind: z.literal('redis'),
  databases: z.array(commonSchema),
})

const serverSchema = z.discriminatedUnion('kind', [postgresSchema, mysqlSchema, redisSchema])

export const manifestSchema = z.object({
  format: z.literal(1),
  point: plainName,
  app: plainName,
  environment: name,
  release: z.int().nullable(),
  createdAt: z.iso.datetime(),
  servers: z.array(serverSchema),
  media: z.array(plainName),
  /** Services whose contents are left out. */
  without: z.array(name),
})

export type Manifest = z.infer<typeof manifestSchema>
export type ServerDump = z.infer<typeof serverSchema>
export type PostgresDump = z.infer<typeof postgresSchema>
export type PostgresDatabase = z.infer<typeof postgresDatabaseSchema>
export type MysqlDump = z.infer<typeof mysqlSchema>
export type RedisDump = z.infer<typeof redisSchema>
export type MysqlDatabase = z.infer<typeof mysqlDatabaseSchema>

type Compared = Pick<z.infer<typeof commonSchema>, 'extensions' | 'tables' | 'migrations' | 'objects'>

/** A server that was upgraded since has newer ones, and makes those. What is no number is to be the same. */
function isOlder(was: string | number, is: string | number): boolean {
  const [before, now] = [was, is].map((version) => String(version).split('.').map(Number))
  if (before?.some(Number.isNaN) !== false || now?.some(Number.isNaN) !== false) return was !== is
  for (const [index, part] of before.entries())
    if (part !== (now[index] ?? 0)) return part > (now[index] ?? 0)
  return false
}

/** What differs between a database and what came back of it, a sentence each. */
export function compareDatabases(was: Compared, is: Compared): string[] {
  return [
    ...compare(was.tables, is.tables, 'rows'),
    ...compare(was.extensions, is.extensions, 'as the version of the extension', isOlder),
    ...compare(was.migrations, is.migrations, 'as the last migration'),
    ...compare(was.objects ?? {}, is.objects ?? {}, 'as their number'),
  ]
}

function compare(
  was: Readonly<Record<string, string | number>>,
  is: Readonly<Record<string, string | number>>,
  what: string,
  differs: (was: string | number, is: string | number) => boolean = (a, b) => a !== b,
): string[] {
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((key) => {
      const [before, now] = [was[key], is[key]]
      return before === undefined || now === undefined ? before !== now : differs(before, now)
    })
    .map((key) => `${key} has ${is[key] ?? 'nothing'} instead of ${was[key] ?? 'nothing'} ${what}`)
}

/** Names of databases that a restore makes; a backup leaves them out. */
export function besideName(database: string, at: string): string {
  return `${shortened(database)}_restore_${at.replace('-', '_')}`
}

export function beforeName(database: string, at: string): string {
  return `${shortened(database)}_before_${at.replace('-', '_')}`
}

export const ownNames = /_(?:restore|before)_\d{8}_\d{6}$/

/** A database that is to change places with another. */
export interface Swap {
  /** The name by which the app knows it. */
  name: string
  /** Under which the new one stands beside it. */
  beside: string
  /** Under which the old one is kept. */
  before: string
}

/** PostgreSQL cuts names after 63 bytes, and MySQL takes 64 characters. */
function shortened(database: string): string {
  return Buffer.from(database)
    .subarray(0, 38)
    .toString()
    .replace(/\uFFFD+$/, '')
}
