import { appSchema } from '../../app/schema.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { Choices, DatabaseKind } from '../../init/blueprint.ts'
import type { Proposal } from '../../init/init.ts'
import { flag, type Input, list, type Prompts, text } from '../command.ts'

const databases: readonly DatabaseKind[] = ['postgres', 'mysql', 'sqlite', 'external', 'none']

/** What the options of `init` say. @throws MuelleError USAGE */
export function readChoices(input: Input): Choices {
  const domains = list(input, 'domain').map((domain) => domain.toLowerCase())
  const wrong = domains.map(wrongDomain).find((problem) => problem !== undefined)
  if (wrong !== undefined) throw usage(wrong, 'muelle init --domain shop.example.com')
  const email = text(input, 'email')
  if (email !== undefined && domains.length === 0)
    throw usage(
      'A certificate is for a domain, and none is named.',
      `muelle init --domain shop.example.com --email ${email}`,
    )
  if (email !== undefined && wrongEmail(email) !== undefined)
    throw usage(`${email} is no e-mail address.`, 'muelle init --email ops@example.com')
  return {
    domains,
    email,
    database: readDatabase(text(input, 'database')),
    port: readPort(text(input, 'port')),
    settings: text(input, 'settings'),
    celery: text(input, 'celery'),
    composeFile: text(input, 'file'),
    replaces: flag(input, 'overwrite') ? 'all' : [],
  }
}

/** `postgres`, or `postgres:16` for a version. */
function readDatabase(given: string | undefined): Choices['database'] {
  if (given === undefined) return undefined
  const [, name = '', version] = /^([a-z]+)(?::([\w.-]+))?$/.exec(given) ?? []
  const kind = databases.find((each) => each === name)
  if (kind === undefined)
    throw usage(
      `${given} is no database that init writes: ${databases.join(', ')}.`,
      'muelle init --database postgres',
    )
  return { kind, version }
}

function readPort(given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  const port = Number(given)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw usage(`${given} is no port.`, 'muelle init --port 8000')
  return port
}

function wrongDomain(domain: string): string | undefined {
  const result = appSchema.shape.domains.safeParse([domain])
  return result.success ? undefined : `${domain} is no domain: ${result.error.issues[0]?.message}`
}

function wrongEmail(email: string): string | undefined {
  return appSchema.shape.tls.safeParse({ email }).success ? undefined : 'That is no e-mail address.'
}

function usage(what: string, command: string): MuelleError {
  return new MuelleError('USAGE', what, { hint: `Say:  ${command}` })
}

/** Asks for what no option said and the files do not settle. */
export async function askChoices(prompts: Prompts, choices: Choices, proposal: Proposal): Promise<Choices> {
  const domains = choices.domains.length > 0 ? choices.domains : await askDomain(prompts)
  const email = choices.email ?? (domains.length === 0 ? undefined : await askEmail(prompts))
  const database = choices.database ?? (await askDatabase(prompts, proposal))
  const answers: Record<string, string> = {}
  for (const { name, question, choices: known, chosen } of proposal.findings?.ambiguities ?? []) {
    if (choices[name] !== undefined || proposal.kind === 'compose') continue
    answers[name] = await prompts.choose({
      message: question,
      choices: known.map((value) => ({ value, label: value })),
      initial: chosen,
    })
  }
  return { ...choices, domains, email, database, ...answers }
}

async function askDomain(prompts: Prompts): Promise<string[]> {
  const answer = await prompts.text({
    message: 'Under which domain is it reached? Leave it empty for http on a port.',
    placeholder: 'shop.example.com',
    validate: (value) => (value === '' ? undefined : wrongDomain(value.toLowerCase())),
  })
  return answer === '' ? [] : [answer.toLowerCase()]
}

async function askEmail(prompts: Prompts): Promise<string | undefined> {
  const answer = await prompts.text({
    message: 'Your e-mail address, for a certificate of Let’s Encrypt? Leave it empty for a self-signed one.',
    placeholder: 'ops@example.com',
    validate: (value) => (value === '' ? undefined : wrongEmail(value)),
  })
  return answer === '' ? undefined : answer
}

const labels: Readonly<Record<DatabaseKind, string>> = {
  postgres: 'PostgreSQL, beside the app',
  mysql: 'MySQL, beside the app',
  sqlite: 'SQLite, a file in a volume',
  external: 'one outside Docker, which .env names',
  none: 'none',
}

async function askDatabase(prompts: Prompts, { kind, findings }: Proposal): Promise<Choices['database']> {
  const found = findings?.blueprint.database.kind
  if (kind === 'compose' || found === undefined) return undefined
  const choices = databases
    .filter((value) => value !== 'none' || kind !== 'django')
    .map((value) => ({
      value,
      label: labels[value],
      ...(value === found ? { hint: 'as the project has it' } : {}),
    }))
  const answer = await prompts.choose({ message: 'Which database?', choices, initial: found })
  return { kind: answer as DatabaseKind, version: undefined }
}

/** @throws MuelleError USAGE when the project has no such Celery app */
export function checkCelery({ celery }: Choices, { kind, findings }: Proposal): void {
  const known = findings?.ambiguities.find(({ name }) => name === 'celery')?.choices
  if (celery === undefined || kind === 'compose' || known?.includes(celery) === true) return
  if (
    known === undefined &&
    findings?.found.some(({ what, value }) => what === 'celery' && value.split(',')[0] === celery) === true
  )
    return
  throw usage(
    `The project has no Celery app ${celery}${known === undefined ? '' : `, but ${known.join(' and ')}`}.`,
    'muelle init --celery shop',
  )
}
