import { resolve } from 'node:path'
import { instanceName, readEnvironment } from '../../app/environment.ts'
import { isSecretName, isWeakPassword } from '../../check/secrets.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { checkSecretName } from '../../secrets/names.ts'
import { Secret } from '../../secrets/secret.ts'
import { withLease } from '../../store/lease.ts'
import { type CliServices, type Command, flag, type Input, type Io, type Output, text } from '../command.ts'
import { findApp } from '../find-app.ts'
import { table } from '../render/format.ts'

export const secrets: Command = {
  name: 'secrets',
  summary: 'Keep passwords and keys of an app, encrypted, and give them to its services',
  arguments: [
    { name: '<set|ls|rm>', description: 'set: from a hidden prompt or standard input; ls: names only; rm' },
    {
      name: '[name...]',
      description: 'as the Compose file has it, such as DB_PASSWORD; NAME=VALUE sets it at once',
    },
  ],
  options: [{ flags: '--all', description: 'rm: all of the app, also when they cannot be opened any more' }],
  isAboutApp: true,
  returnsData: true,
  examples: [
    'muelle secrets set DB_PASSWORD',
    'muelle secrets set TLS_KEY < key.pem',
    'muelle secrets ls --app shop',
    'muelle secrets rm DB_PASSWORD',
  ],
  run: async (input, io) => {
    const [verb = '', ...given] = input.args
    const run = verbs[verb]
    if (run === undefined) {
      throw new MuelleError('USAGE', `${verb} is none of set, ls and rm.`, {
        hint: 'Say:  muelle secrets set DB_PASSWORD',
      })
    }
    const services = await io.services()
    return run({ app: await appName(input, io, services), given, input }, services, io)
  },
}

interface Request {
  app: string
  /** The arguments after the verb. */
  given: readonly string[]
  input: Input
}

type Verb = (request: Request, services: CliServices, io: Io) => Promise<Output>

const set: Verb = async ({ app, given }, services, io) => {
  const values = await readValues(given, io)
  const isFirst = (await services.secrets.apps()).length === 0
  await withLease(services.store, app, () => services.secrets.set(app, values))
  const names = [...values.keys()]
  return {
    data: { app, set: names },
    text: [
      `${names.join(', ')} of ${app}: set. Releases get it with the next muelle up or muelle restart; a backing service with muelle up --replace SERVICE.`,
      ...(isFirst
        ? ['Keep a copy of the key that opens it somewhere else: secrets.key in the state folder.']
        : []),
    ].join('\n'),
  }
}

const ls: Verb = async ({ app }, services) => {
  const rows = [...(await services.secrets.read(app))].map(([name, { setAt }]) => ({ name, setAt }))
  const lines = rows.map(({ name, setAt }) => [name, setAt])
  return {
    data: rows,
    text: rows.length === 0 ? `${app} has no secrets.` : table([['NAME', 'SET'], ...lines]),
  }
}

const rm: Verb = async ({ app, given, input }, services) => {
  if (flag(input, 'all')) {
    await withLease(services.store, app, () => services.secrets.forget(app))
    return { data: { app, removed: 'all' }, text: `${app} has no secrets.` }
  }
  refuseNone(given, 'rm')
  const removed = await withLease(services.store, app, () => services.secrets.remove(app, given))
  const absent = given.find((name) => !removed.includes(name))
  if (absent !== undefined) {
    throw new MuelleError('SECRET_MISSING', `${app} has no secret ${absent}.`, {
      hint: `See which it has:  muelle secrets ls --app ${app}`,
    })
  }
  return {
    data: { app, removed },
    text: `${removed.join(', ')} of ${app}: removed. What runs still has it; a release that uses it can no longer be started.`,
  }
}

const verbs: Readonly<Record<string, Verb>> = { set, ls, rm }

/** `NAME` asks for its value; `NAME=VALUE` has it, and so has the shell's history. */
async function readValues(given: readonly string[], io: Io): Promise<Map<string, Secret>> {
  refuseNone(given, 'set')
  const values = new Map<string, Secret>()
  for (const argument of given) {
    const [, written = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(argument) ?? []
    const name = checkSecretName(written)
    const secret = value === undefined ? await io.askSecret(`Value of ${name}: `) : new Secret(value)
    if (secret.reveal() === '') {
      throw new MuelleError('USAGE', `${name} has no value, and nothing was set.`, {
        hint: `Type it, or send it:  muelle secrets set ${name} < file   Standard input has room for one.`,
      })
    }
    if (isSecretName(name) && isWeakPassword(secret.reveal()))
      io.emit({
        type: 'note',
        message: `${name} is one that is tried first. Better:  openssl rand -base64 24`,
      })
    values.set(name, secret)
  }
  if (given.some((argument) => argument.includes('=')))
    io.emit({
      type: 'note',
      message: 'What is on a command line is in the history of the shell too. Better: without =',
    })
  return values
}

function refuseNone(given: readonly string[], verb: string): void {
  if (given.length > 0) return
  throw new MuelleError('USAGE', 'No secret was named.', { hint: `Say:  muelle secrets ${verb} DB_PASSWORD` })
}

/** Secrets are set before the first deployment too, and stay after `down`: then the app is known by its file or name alone. */
async function appName(input: Input, io: Io, { store }: CliServices): Promise<string> {
  const named = text(input, 'app')
  try {
    return findApp(input, io, { store })
  } catch (error) {
    const isUnknown = error instanceof MuelleError && error.code === 'APP_UNKNOWN'
    const isName = named === undefined || /^[a-z0-9][a-z0-9_-]*$/.test(named)
    if (!isUnknown || !isName) throw error
    const environment = readEnvironment(text(input, 'env'))
    if (named !== undefined) return instanceName(named, environment)
    const compose = await io.compose()
    const directory = resolve(io.cwd, text(input, 'directory') ?? '.')
    return compose.projectName({ directory, files: [], environment })
  }
}
