import {
  createDatabase,
  guide,
  letAnswer,
  letIn,
  machineName,
  nameMachine,
  whereMachineIs,
  whyMachineIsUnknown,
} from '../../diagnosis/outside.ts'
import { MuelleError } from '../../errors/muelle-error.ts'

/** What a server outside says, and what is to be done about it. Pure. libpq and PostgreSQL say it in English here. */

export interface Party {
  /** As the settings call it. */
  service: string
  /** HOST:PORT. */
  at: string
  database: string
  user: string
  /** The service in whose place it is asked. */
  asks: string
  /** The variable that has the password, where one has. */
  passwordIn?: string
}

interface Reason {
  pattern: RegExp
  what: (party: Party, match: RegExpExecArray) => string
  next: (party: Party, match: RegExpExecArray) => string
}

const again = 'Then run the same command again.'

/** In this order: what comes first explains what comes after. */
const reasons: readonly Reason[] = [
  {
    pattern: /password authentication failed|no password supplied/,
    what: ({ at, user }) => `${at} does not take the password of ${user}`,
    next: ({ user, passwordIn = 'DB_PASSWORD' }) =>
      `Set ${passwordIn} to the one that the server has for ${user}, in .env or with  muelle secrets set ${passwordIn}   It counts from the next  muelle up  on.`,
  },
  {
    pattern: /no pg_hba\.conf entry for host "([^"]+)", user "([^"]*)", database "([^"]*)"/,
    what: ({ at }, [, from, user, database]) => `${at} does not let ${user} in from ${from} to ${database}`,
    next: (_, [, from = '', user = '', database = '']) => letIn({ from, user, database }),
  },
  {
    pattern: /role "([^"]*)" does not exist|database "([^"]*)" does not exist/,
    what: ({ at }, [, role, database]) =>
      role === undefined ? `${at} has no database ${database}` : `${at} has no role ${role}`,
    next: (_, [, role, database = '']) =>
      role === undefined
        ? `Correct the name, or make it on that server:  ${createDatabase('PostgreSQL', database)}. ${again}`
        : `Correct the name, or make it on that server:  CREATE ROLE ${role} LOGIN PASSWORD '…';   as ${guide} says. ${again}`,
  },
  {
    pattern:
      /server does not support SSL|certificate verify failed|root certificate file|server certificate for|SSL error/,
    what: ({ at }) => `no TLS with ${at} as sslmode wants it`,
    next: () =>
      'Name the certificate of its authority, a file of the project:  x-muelle: {backups: {outside: {…: {sslrootcert: certs/ca.pem}}}}',
  },
  {
    pattern: /too many (?:clients|connections)|remaining connection slots/,
    what: ({ at }) => `${at} has no connection left`,
    next: () => `Let max_connections of the server be larger. ${again}`,
  },
  {
    pattern: /could not translate host name "host\.docker\.internal"/,
    what: ({ asks }) => `${asks} has no ${machineName}, and ${whyMachineIsUnknown}`,
    next: ({ asks }) => `${nameMachine(asks)}   and run  muelle up`,
  },
  {
    pattern: /could not translate host name "(.+?)"/,
    what: (_, [, host]) => `the name ${host} is not found`,
    next: (_, [, host]) => `Correct it, or ask this machine:  getent hosts ${host}   ${again}`,
  },
  {
    pattern: /server at "(?:localhost|127\.0\.0\.1|::1)".* failed: (?:Connection refused|Cannot assign)/,
    what: ({ at }) => `${at} does not answer: in a container localhost is the container itself`,
    next: () => `${whereMachineIs}   and run  muelle up`,
  },
  {
    pattern:
      /server at "(.+?)"(?: \((.+?)\))?, port \d+ failed: (?:Connection refused|timeout expired|Connection timed out|No route to host)/,
    what: ({ at }) => `${at} does not answer`,
    next: (_, [, host = '', address]) => `${letAnswer(address ?? host)} ${again}`,
  },
  {
    pattern:
      /Connection refused|timeout expired|No route to host|Network is unreachable|the database system is (?:starting up|shutting down)/,
    what: ({ at }) => `${at} does not answer`,
    next: () =>
      `See that the server runs, listens on that address, and that its firewall lets this machine in. ${again}`,
  },
  {
    pattern:
      /server closed the connection|terminating connection|connection to server was lost|SSL SYSCALL error|could not (?:receive|send) data|Connection (?:timed out|reset)|no connection to the server/,
    what: ({ at }) => `the connection to ${at} broke`,
    next: () => `See what lies between. ${again}`,
  },
]

/**
 * @param lines what a program said before it failed
 * @returns undefined when it failed for another reason than the server
 */
export function explainRefusal(party: Party, lines: readonly string[]): MuelleError | undefined {
  for (const { pattern, what, next } of reasons) {
    const match = pattern.exec(lines.join('\n'))
    if (match !== null)
      return unusable(party, what(party, match), { hint: next(party, match), log: lines.slice(-15) })
  }
  return undefined
}

export function unusable(
  { service }: Pick<Party, 'service'>,
  why: string,
  { hint, log = [] }: { hint: string; log?: readonly string[] },
): MuelleError {
  return new MuelleError('DATABASE_UNUSABLE', `The database ${service} cannot be used: ${why}.`, {
    hint,
    log,
  })
}

/** What a restore needs, and the server does not say itself. */
interface Rights {
  createsDatabases: boolean
  ownsDatabase: boolean
  owner: string
  /** A database to stand in while others are renamed. */
  hasOther: boolean
}

/** A dump that another major version made is not one that the server takes back. */
export function refuseOtherVersion(
  party: Pick<Party, 'service' | 'at'>,
  { server, client }: { server: number; client: number },
  image: string,
): void {
  if (server === client) return
  const tag = image.replace(/^(.*[:-](?:pg)?)\d+.*$/, `$1${server}`)
  const needed = tag === image ? `postgres:${server}` : tag
  throw unusable(
    party,
    `${party.at} is PostgreSQL ${server}, and the programs of ${image} are of ${client}`,
    {
      hint: `Name the image of its version, then  muelle up:  x-muelle: {backups: {outside: {${party.service}: {image: ${needed}}}}}`,
    },
  )
}

/** What the user lacks to put a restore point in place, a statement for the server's administrator each. */
export function missingRights(
  { database, user }: Pick<Party, 'database' | 'user'>,
  { createsDatabases, ownsDatabase, owner, hasOther }: Rights,
): string[] {
  return [
    ...(createsDatabases ? [] : [`ALTER ROLE ${user} CREATEDB;`]),
    ...(ownsDatabase
      ? []
      : [`GRANT ${owner} TO ${user};   or   ALTER DATABASE ${database} OWNER TO ${user};`]),
    ...(hasOther ? [] : [`a line of pg_hba.conf that lets ${user} into every database:  host all ${user} …`]),
  ]
}
