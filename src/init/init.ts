import { stringify } from 'yaml'
import { composeFileNames } from '../app/compose.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import type { Blueprint, Choices, Findings } from './blueprint.ts'
import { type Addition, insert } from './compose/insert.ts'
import { type ComposeProposal, propose } from './compose/propose.ts'
import { lookAtDjango } from './django/look.ts'
import { reportDjango } from './django/report.ts'
import { keepDockerfile } from './existing.ts'
import { composeText } from './files/compose.ts'
import { dockerignore } from './files/dockerignore.ts'
import { envExample, envFile } from './files/env.ts'
import { describeFlask } from './flask/report.ts'
import { describeNode } from './node/report.ts'
import type { Sources } from './sources.ts'

/** A file as it is to be. */
export interface ProposedFile {
  path: string
  text: string
  /** Another text is there: it takes a yes of its own to replace it. */
  isThere: boolean
  /** It keeps what it has, and gets these lines. */
  adds?: string
  /** Permission bits, when they are not the usual ones. */
  mode?: number
}

/** Everything that `init` would write, and what it found on the way. */
export interface Proposal {
  kind: Blueprint['kind'] | 'compose'
  name: string
  findings: Findings | undefined
  compose: ComposeProposal | undefined
  files: readonly ProposedFile[]
}

/**
 * Decides what to write for a project. With a Compose file that is only what `x-muelle` in it lacks.
 * @param random gives 64 hexadecimal digits, others each time
 * @throws MuelleError PROJECT_UNKNOWN or COMPOSE_INVALID
 */
export function proposeFor(sources: Sources, choices: Choices, random: () => string): Proposal {
  const composeFile =
    choices.composeFile ?? composeFileNames.find((name) => sources.files[name] !== undefined)
  const closed = sources.unreadable.find((path) => composeFileNames.includes(path))
  if (closed !== undefined) {
    throw new MuelleError('PROJECT_UNKNOWN', `${closed} cannot be read.`, {
      hint: `See who may:  ls -l ${closed}`,
    })
  }
  if (composeFile !== undefined) return proposeBlock(composeFile, sources, choices)
  const found = describe(sources, choices)
  if (found === undefined) throw unknown(sources)
  const findings = keepDockerfile(found, sources, choices)
  const { blueprint } = findings
  return {
    kind: blueprint.kind,
    name: blueprint.name,
    findings,
    compose: undefined,
    files: filesOf(blueprint, sources, random).filter(({ path, text }) => sources.files[path] !== text),
  }
}

/** manage.py first: a Django project often has a package.json for its front end. */
function describe(sources: Sources, choices: Choices): Findings | undefined {
  const django = lookAtDjango(sources, choices)
  if (django !== undefined) return reportDjango(django)
  return describeFlask(sources, choices) ?? describeNode(sources, choices)
}

function proposeBlock(path: string, sources: Sources, choices: Choices): Proposal {
  if (sources.files[path] === undefined) {
    throw new MuelleError('COMPOSE_FILE_MISSING', `There is no Compose file ${path} in ${sources.folder}.`, {
      hint: 'Name it as it is in the project folder:  muelle init -f docker-compose.prod.yml',
    })
  }
  const findings = ifKnown(() => describe(sources, choices))
  const compose = propose(path, { sources, choices, app: findings?.blueprint })
  const before = sources.files[path] ?? ''
  const text = insert(before, compose.additions)
  const adds = compose.additions.map(describeAddition).join('\n')
  return {
    kind: 'compose',
    name: path,
    findings,
    compose,
    files: text === before ? [] : [{ path, text, isThere: true, adds }],
  }
}

/** What the project is helps with the block, and is not needed for it. */
function ifKnown(look: () => Findings | undefined): Findings | undefined {
  try {
    return look()
  } catch (error) {
    if (error instanceof MuelleError) return undefined
    throw error
  }
}

/** The new lines below the keys that they go to. */
function describeAddition({ path, values }: Addition): string {
  const nested = path.toReversed().reduce<unknown>((inner, key) => ({ [key]: inner }), values)
  return stringify(nested, { lineWidth: 0, flowCollectionPadding: false }).trimEnd()
}

function filesOf(blueprint: Blueprint, sources: Sources, random: () => string): ProposedFile[] {
  const language = blueprint.kind === 'node' ? 'node' : 'python'
  const inProject = blueprint.volumes.flatMap(({ target }) =>
    target.startsWith('/app/') ? [target.slice('/app/'.length)] : [],
  )
  const isThere = (path: string): boolean =>
    sources.files[path] !== undefined || sources.unreadable.includes(path)
  const files = [
    ...blueprint.files,
    { path: '.dockerignore', text: dockerignore(language, inProject) },
    { path: 'compose.yaml', text: composeText(blueprint) },
    ...(language === 'node' && blueprint.required.length + blueprint.optional.length === 0
      ? []
      : [{ path: '.env.example', text: envExample(blueprint) }]),
  ].map((file): ProposedFile => ({ ...file, isThere: isThere(file.path) }))
  const hasSecrets = blueprint.required.length > 0
  const env = { path: '.env', text: envFile(blueprint, random), isThere: false, mode: 0o600 }
  return [...files, ...(hasSecrets && !isThere('.env') ? [env] : []), ...(hasSecrets ? ignored(sources) : [])]
}

/** A secret that Git takes along is none any more. */
function ignored({ files }: Sources): ProposedFile[] {
  const before = files['.gitignore'] ?? ''
  if (/^\/?\.env(?:\*|\.\*)?\s*$/m.test(before)) return []
  const text = `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}.env\n`
  return [{ path: '.gitignore', text, isThere: before !== '', ...(before === '' ? {} : { adds: '.env' }) }]
}

function unknown({ folder, unreadable }: Sources): MuelleError {
  const [closed] = unreadable
  const more = closed === undefined ? '' : ` ${closed} cannot be read.`
  return new MuelleError(
    'PROJECT_UNKNOWN',
    `${folder} is no project that Muelle knows: there is no manage.py, no Flask app, no package.json with a start script, and no Compose file.${more}`,
    { hint: 'Name the folder of the project:  muelle init path/to/project' },
  )
}
