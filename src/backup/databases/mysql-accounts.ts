import { z } from 'zod'

/** Accounts of MySQL and MariaDB with their hashed passwords, and what they may do. Pure. */
export interface Account {
  user: string
  host: string
  isRole: boolean
}

/** What makes an account, as the server itself writes it. */
const savedSchema = z.array(
  z.object({
    name: z.string(),
    create: z.string().regex(/^CREATE (?:USER|ROLE) /),
    grants: z.array(z.string().regex(/^GRANT /)),
  }),
)
export type SavedAccounts = z.infer<typeof savedSchema>

/** Of the server itself, and made by its image. */
const own = "('root', 'mysql.sys', 'mysql.session', 'mysql.infoschema', 'mariadb.sys', 'healthcheck', '')"

export function accountsQuery(isMaria: boolean): string {
  const role = isMaria ? "is_role = 'Y'" : 'false'
  return `SELECT json_object('user', user, 'host', host, 'isRole', if(${role}, 1, 0)) FROM mysql.user WHERE user NOT IN ${own} AND user <> 'PUBLIC';`
}

const accountSchema = z.object({ user: z.string(), host: z.string(), isRole: z.number().transform(Boolean) })

export function readAccounts(text: string): Account[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => accountSchema.parse(JSON.parse(line)))
}

function accountName({ user, host, isRole }: Account): string {
  return isRole ? quoted(user) : `${quoted(user)}@${quoted(host)}`
}

function quoted(text: string): string {
  return `\`${text.replaceAll('`', '``')}\``
}

/** Hashes may be any bytes, which MySQL writes as digits when it is asked to. */
export function showStatements(account: Account, isMaria: boolean): string {
  const name = accountName(account)
  const create = account.isRole
    ? `SELECT ${textOf(`CREATE ROLE ${name}`)};`
    : `${isMaria ? '' : 'SET SESSION print_identified_with_as_hex = 1; '}SHOW CREATE USER ${name};`
  return `${create} SHOW GRANTS FOR ${name};`
}

function textOf(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

export function readShown(account: Account, text: string): SavedAccounts[number] {
  const [create = '', ...grants] = text.split('\n').filter((line) => line !== '')
  return { name: accountName(account), create, grants: grants.filter((line) => line.startsWith('GRANT ')) }
}

/** @throws Error for what is something else */
export function readSaved(text: string): SavedAccounts {
  return savedSchema.parse(JSON.parse(text))
}

/**
 * Accounts that a server does not have: those that it has keep their passwords, which may have been changed since. What
 * may be done with a single table or routine can be granted only where that is there.
 */
export function missingAccounts(
  saved: SavedAccounts,
  existing: readonly Account[],
): { needed: string[]; ofObjects: string[] } {
  const known = new Set(existing.map(accountName))
  const missing = saved.filter(({ name }) => !known.has(name))
  const grants = missing.flatMap((each) => each.grants)
  return {
    needed: [...missing.map(({ create }) => create), ...grants.filter((line) => !isOfObject(line))],
    ofObjects: grants.filter(isOfObject),
  }
}

function isOfObject(grant: string): boolean {
  return / ON (?:(?:TABLE|PROCEDURE|FUNCTION) )?`(?:[^`]|``)*`\.`/.test(grant)
}
