import { lineRule, type Rule } from '../cause.ts'
import { createDatabase, letIn } from '../outside.ts'
import type { Database, Symptoms } from '../symptoms.ts'
import { isOutside } from './connections.ts'

const passwordVariables = { PostgreSQL: 'POSTGRES_PASSWORD', MySQL: 'MYSQL_PASSWORD', Redis: 'requirepass' }

export const credentialRules: readonly Rule[] = [
  lineRule(
    {
      id: 'database-password-missing',
      meaning: 'A new database has no password to be made with.',
      pattern:
        /superuser password is not specified|no password is set for its superuser|password option is not specified|no password is set for root/,
    },
    (_, { lines }) => {
      const variable = lines.some((line) => line.includes('MYSQL_'))
        ? 'MYSQL_ROOT_PASSWORD'
        : 'POSTGRES_PASSWORD'
      return {
        text: `The database is new, and has no ${variable} to be made with.`,
        next: `Give it one:  environment: {${variable}: "\${${variable}}"}   and its value in .env`,
      }
    },
  ),
  lineRule(
    {
      id: 'database-credentials',
      meaning:
        'A database refuses the user or the password of the app. The password variables of a database count only when its volume is first initialised; later ones change nothing.',
      pattern:
        /password authentication failed for user "(.+?)"|Access denied for user '(.+?)'@'.*?' \(using password: (?:YES|NO)\)|role "(.+?)" does not exist|(fe_sendauth: no password supplied)/,
    },
    (groups, symptoms, at) => {
      const [postgres = '', mysql = '', role = ''] = groups
      const kind = mysql === '' ? 'PostgreSQL' : 'MySQL'
      if (groups[3] !== '') {
        return {
          text: `${kind} wants a password, and the app gives none.`,
          next: "Give the app the password that the database's service has in the file.",
        }
      }
      return explainRefusal({ kind, user: postgres || mysql || role }, symptoms, symptoms.lines[at] ?? '')
    },
  ),
  lineRule(
    {
      id: 'database-access',
      meaning:
        'PostgreSQL has no line in pg_hba.conf that lets this user into this database from the network of the app.',
      pattern: /no pg_hba\.conf entry for host "(.+?)", user "(.*?)", database "(.*?)"/,
    },
    ([from = '', user = '', database = '']) => ({
      text: `PostgreSQL does not let ${user} in from ${from} to ${database}.`,
      next: letIn({ from, user, database }),
    }),
  ),
  lineRule(
    {
      id: 'redis-credentials',
      meaning: 'Redis wants a password that the app does not give, or another than it gives.',
      pattern: /(NOAUTH|Authentication required)|(WRONGPASS|invalid username-password pair|invalid password)/,
    },
    ([missing = '']) => ({
      text:
        missing === ''
          ? 'Redis refuses the user or the password of the app.'
          : 'Redis wants a password, and the app gives none.',
      next: 'Write the password of --requirepass into the address that the app gets:  redis://:PASSWORD@redis:6379/0',
    }),
  ),
  lineRule(
    {
      id: 'database-missing',
      meaning: 'The server has no database of the name that the app asks for.',
      pattern:
        /FATAL:\s+database "(.+?)" does not exist|Unknown database '(.+?)'|Access denied for user '.+?'@'.+?' to database '(.+?)'/,
    },
    (groups, symptoms, at) => {
      const name = groups.find((group) => group !== '') ?? ''
      const kind = groups[0] === '' ? 'MySQL' : 'PostgreSQL'
      return {
        text:
          kind === 'MySQL'
            ? `MySQL has no database ${name}, or the user may not use it.`
            : `PostgreSQL has no database ${name}.`,
        next: isServerOutside(kind, symptoms, symptoms.lines[at] ?? '')
          ? `Correct the name, or make it on that server:  ${createDatabase(kind, name)}`
          : `Correct the name. ${kind === 'MySQL' ? 'MYSQL_DATABASE' : 'POSTGRES_DB'} makes one only when the volume is first initialised; a later one is made by hand.`,
      }
    },
  ),
]

/** Where the line does not say which server refused, it is one of the file if that has any of the kind. */
function isServerOutside(kind: Database['kind'], symptoms: Symptoms, line: string): boolean {
  const host = /connection to server at "(.+?)"/.exec(line)?.[1]
  return host === undefined
    ? !symptoms.databases.some((database) => database.kind === kind)
    : isOutside(host, symptoms)
}

function explainRefusal(
  { kind, user }: { kind: Database['kind']; user: string },
  { databases }: Symptoms,
  line: string,
) {
  const [database, ...others] = databases.filter((candidate) => candidate.kind === kind)
  const refused = line.includes('using password: NO')
    ? `${kind} refuses the user ${user}, for whom the app gives no password.`
    : `${kind} refuses the user ${user} with the password that the app gives.`
  const variable = passwordVariables[kind]
  if (database === undefined || others.length > 0 || database.takesItsOwnPassword === undefined) {
    return {
      text: refused,
      next: 'Compare the user and the password that the app gets with those of the database.',
    }
  }
  if (database.takesItsOwnPassword) {
    return {
      text: `${refused} ${database.service} takes the user and the password of its own definition, so the app has others.`,
      next: `Give both services the same:  see ${variable} of ${database.service}`,
    }
  }
  return {
    text: `${refused} ${database.service} does not even take the ${variable} of its own definition: that counts only when the volume is first initialised. The volume was made with another, or it was changed since.`,
    next: `Put the old password back, or set the new one in the database:  ${changePassword[kind](database.service)}`,
  }
}

const changePassword = {
  PostgreSQL: (service: string) =>
    `muelle exec ${service} sh -c 'psql -U "\${POSTGRES_USER:-postgres}"'   and there  \\password`,
  MySQL: (service: string) => `muelle exec ${service} mysql -u root -p   and there  ALTER USER`,
  Redis: (service: string) => `muelle exec ${service} redis-cli`,
}
