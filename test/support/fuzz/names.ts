import assert from 'node:assert/strict'
import { matchesGlob } from 'node:path'
import fc from 'fast-check'
import { argumentsOf } from '../../../src/agent/queue/arguments.ts'
import { appName } from '../../../src/agent/routes/schemas.ts'
import { whenDue } from '../../../src/agent/schedule/due.ts'
import { tokenName } from '../../../src/agent/tokens.ts'
import { renderUnit } from '../../../src/agent/unit.ts'
import { readEnvironment } from '../../../src/app/environment.ts'
import { isImageReference } from '../../../src/app/image-reference.ts'
import { scheduleSchema } from '../../../src/app/schedule-schema.ts'
import { appSchema } from '../../../src/app/schema.ts'
import { updateSchema } from '../../../src/app/update-schema.ts'
import * as restic from '../../../src/backup/restic.ts'
import { mountArguments, toolArguments } from '../../../src/backup/tool.ts'
import { allCommands } from '../../../src/cli/commands/all.ts'
import { parse } from '../../../src/cli/program.ts'
import { readRemote, sshArguments } from '../../../src/cli/remote.ts'
import * as docker from '../../../src/engine/docker/arguments.ts'
import { MuelleError } from '../../../src/errors/muelle-error.ts'
import { certonlyArguments } from '../../../src/gateway/config/renewal.ts'
import { checkSecretName } from '../../../src/secrets/names.ts'
import * as git from '../../../src/source/git-arguments.ts'
import { type Fuzzed, type FuzzOptions, fuzz } from './fuzz.ts'
import { value, word } from './values.ts'

/** A way that a name from outside takes into the arguments of a program. */
interface Way {
  title: string
  /** Whether Muelle takes the name at all; it may throw a MuelleError for no. */
  accepts(name: string): boolean
  argumentsWith(name: string): readonly string[]
}

const commands = await allCommands()
const project = { name: 'shop', app: 'shop', file: '/srv/compose.yaml', directory: '/srv' }
const record = { name: 'shop', directory: '/srv/shop', environment: 'production' }
const anything = (): boolean => true
/** What Compose lets pass (compose-spec, "services"). */
const isService = (name: string): boolean => /^[\w.-]+$/.test(name)
const isApp = (name: string): boolean => appName.safeParse(name).success
const isBranch = (branch: string) => updateSchema.safeParse({ repo: '/srv/git', branch }).success
const isDomain = (name: string) => appSchema.safeParse({ domains: [name] }).success
const order = {
  app: 'shop',
  domains: ['a.example'],
  email: 'a@example.com',
  staging: false,
  file: 'shop.pem',
}
const tool = { instance: 'muelle', app: 'shop', image: 'x', program: 'y', argv: [], network: 'none' }

const ways: readonly Way[] = [
  {
    title: 'branch, to fetch',
    accepts: isBranch,
    argumentsWith: (branch) => git.fetch('/m', { repo: '/srv/git', branch }),
  },
  {
    title: 'branch, to look for',
    accepts: isBranch,
    argumentsWith: (branch) => git.hasBranch({ repo: '/srv/git', branch }),
  },
  {
    title: 'repository',
    accepts: (repo) => updateSchema.safeParse({ repo }).success,
    argumentsWith: (repo) => git.fetch('/m', { repo, branch: 'main' }),
  },
  { title: 'commit', accepts: anything, argumentsWith: (name) => git.resolve('/m', name) },
  {
    title: 'app of a job',
    accepts: isApp,
    argumentsWith: (name) =>
      argumentsOf({ kind: 'update', request: {}, cause: 'webhook' }, { ...record, name }),
  },
  {
    title: 'service of a job',
    accepts: isService,
    argumentsWith: (service) => argumentsOf({ kind: 'run', request: { service }, cause: 'schedule' }, record),
  },
  {
    title: 'folder of a job',
    accepts: (path) => path.startsWith('/'),
    argumentsWith: (directory) =>
      argumentsOf({ kind: 'deploy', request: {}, cause: 'api' }, { ...record, directory }),
  },
  { title: 'service, to start', accepts: isService, argumentsWith: (name) => docker.up(project, [name]) },
  {
    title: 'service, to run once',
    accepts: isService,
    argumentsWith: (name) => docker.runOnce(project, name, ['true']),
  },
  {
    title: 'environment',
    accepts: (name) => readEnvironment(name) === name,
    argumentsWith: (name) => docker.up({ ...project, name: `shop-${name}` }, ['web']),
  },
  {
    title: 'secret',
    accepts: (name) => checkSecretName(name) === name,
    argumentsWith: (name) => toolArguments({ ...tool, secrets: [name] }),
  },
  { title: 'mount', accepts: anything, argumentsWith: (source) => mountArguments({ source, target: '/x' }) },
  { title: 'app in a backup', accepts: isApp, argumentsWith: (app) => restic.snapshotsArguments(app) },
  {
    title: 'domain of a certificate',
    accepts: isDomain,
    argumentsWith: (domain) => certonlyArguments({ ...order, domains: [domain] }, undefined),
  },
  {
    title: 'app of a certificate',
    accepts: isApp,
    argumentsWith: (app) => certonlyArguments({ ...order, app }, undefined),
  },
]

/** Options of the programs above that take the next word, whatever that is. */
const takesNext = /^--?(?:domain|exclude|tag|host|project-name|file|project-directory|label|env|mount|app)$/

/** Names of every kind: those that Muelle takes stay one word that is no option, wherever they go. */
export async function fuzzNames(options: FuzzOptions): Promise<Fuzzed> {
  const input = fc.record({ title: fc.constantFrom(...ways.map(({ title }) => title)), name: word })
  return fuzz(input, options, ({ title, name }) => {
    const way = ways.find((each) => each.title === title)
    if (way === undefined || !accepted(way, name)) return
    const plain = 'plain0'
    const expected = way.argumentsWith(plain)
    const found = way.argumentsWith(name)
    assert.equal(found.length, expected.length, title)
    const end = expected.findIndex((each) => each === '--' || each === '--end-of-options')
    for (const [index, argument] of found.entries()) {
      if (argument === expected[index]) continue
      const isBehind = (end !== -1 && index > end) || takesNext.test(expected[index - 1] ?? '')
      const isOption = argument.startsWith('-') && !expected[index]?.startsWith('-')
      assert.ok(isBehind || !isOption, `${title}: ${argument}`)
    }
  })
}

function accepted(way: Way, name: string): boolean {
  return orRefusal(() => way.accepts(name)) ?? false
}

/** A refusal has a code of the catalogue; anything else that is thrown is a bug. */
function orRefusal<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof MuelleError && error.code !== 'INTERNAL') return undefined
    throw error
  }
}

const now = new Date('2027-03-01T12:00:00Z')

/** Texts that are read: each is refused with a code or taken, at once. */
const readers: Readonly<Record<string, (text: string, other: unknown) => unknown>> = {
  'command line': (text, other) => parse(commands, [text, ...words(other)], () => undefined),
  'command with options': (text, other) =>
    parse(commands, ['backup', text, ...words(other)], () => undefined),
  server: (text, other) => {
    const remote = readRemote(['--host', text, ...words(other)])
    return remote && sshArguments(remote, { config: undefined, isTerminal: false })
  },
  'x-muelle': (text, other) => appSchema.safeParse({ [text]: other, release: other, static: other }),
  schedule: (text) => {
    const read = scheduleSchema.safeParse(text)
    return read.success && whenDue(read.data, { handledUntil: new Date(now.getTime() - 1000), now })
  },
  path: (text) => {
    const read = updateSchema.safeParse({ repo: '/srv/git', paths: [text] })
    for (const pattern of read.data?.paths ?? []) matchesGlob(`${'a/'.repeat(30)}${'a'.repeat(200)}`, pattern)
  },
  image: isImageReference,
  token: (text) => tokenName.safeParse(text),
  unit: (text) => {
    const unit = renderUnit({
      command: ['/x', text],
      home: '/h',
      dockerConfig: '/d',
      environment: { A: text },
    })
    assert.equal(unit.match(/^ExecStart/gm)?.length, 1)
  },
}

function words(other: unknown): string[] {
  return [other].flat().map((each) => (typeof each === 'string' ? each : JSON.stringify(each)))
}

export async function fuzzReaders(options: FuzzOptions): Promise<Fuzzed> {
  const input = fc.record({ reader: fc.constantFrom(...Object.keys(readers)), text: patterned, other: value })
  return fuzz(input, options, ({ reader, text, other }) => {
    orRefusal(() => readers[reader]?.(text, other))
  })
}

const field = fc.stringMatching(/^[\d*,/L#?-]{1,8}$/)

/** Texts that are almost what some of them want. */
const patterned = fc.oneof(
  word,
  fc.array(field, { minLength: 5, maxLength: 5 }).map((fields) => fields.join(' ')),
  fc.stringMatching(/^[*a/?{},!()[\]]{1,60}$/),
  word.map((text) => `ssh://${text}`),
)
