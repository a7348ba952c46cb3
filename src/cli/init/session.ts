import { randomBytes } from 'node:crypto'
import { catalogue } from '../../errors/catalogue.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { readSources } from '../../facts/sources.ts'
import { type Choices, mayReplace } from '../../init/blueprint.ts'
import { type Proposal, type ProposedFile, proposeFor } from '../../init/init.ts'
import type { Output, Prompts } from '../command.ts'
import { renderFiles, renderFound, renderGaps, renderNames } from '../render/proposal.ts'
import { writeFiles } from '../write-files.ts'
import { askChoices, checkCelery } from './choices.ts'

/** One `muelle init` of a folder, in one of the three ways in which it can be run. */
export interface Session {
  /** Asks for what is open, shows what follows, and writes it after a yes. */
  ask(given: Choices, prompts: Prompts): Promise<Output>
  /** Writes at once. */
  write(given: Choices): Promise<Output>
  /** Writes nothing. @param next the command that would write it */
  show(given: Choices, next: string): Output
}

/** @throws MuelleError PROJECT_UNKNOWN when the folder cannot be read */
export async function startSession(directory: string, signal: AbortSignal): Promise<Session> {
  const sources = await readSources(directory)
  const random = createRandom()
  const decide = (choices: Choices): Decision => {
    const proposal = proposeFor(sources, choices, random())
    checkCelery(choices, proposal)
    const files = proposal.files.filter(
      ({ path, isThere, adds }) => !isThere || adds !== undefined || mayReplace(choices, path),
    )
    return { proposal, files, kept: proposal.files.filter((file) => !files.includes(file)) }
  }
  const write = async ({ proposal, files, kept }: Decision): Promise<Output> => {
    const replaced = files.map((file) => ({ ...file, replaces: file.isThere }))
    await writeFiles(directory, replaced, signal)
    return { data: dataOf(proposal, { files, isWritten: true }), text: report({ proposal, files, kept }) }
  }
  return {
    write: async (given) => write(decide(given)),
    show: (given, next) => show(decide(given), next),
    ask: async (given, prompts) => {
      const first = decide({ ...given, replaces: 'all' })
      say(renderFound(first.proposal))
      const choices = await askChoices(prompts, given, first.proposal)
      const decision = decide(
        await askWhatToReplace(prompts, choices, decide({ ...choices, replaces: 'all' }).files),
      )
      if (decision.files.length > 0) await confirm(prompts, decision)
      return write(decision)
    },
  }
}

interface Decision {
  proposal: Proposal
  /** What will be written. */
  files: readonly ProposedFile[]
  /** What is there, and stays. */
  kept: readonly ProposedFile[]
}

/** The same values in each proposal of a session, so that what was shown is what is written. */
function createRandom(): () => () => string {
  const secrets: string[] = []
  return () => {
    let next = 0
    return () => {
      const secret = secrets[next] ?? randomBytes(32).toString('hex')
      secrets[next] = secret
      next += 1
      return secret
    }
  }
}

async function askWhatToReplace(
  prompts: Prompts,
  choices: Choices,
  files: readonly ProposedFile[],
): Promise<Choices> {
  const replaces: string[] = []
  for (const { path, isThere, adds } of files) {
    if (!isThere || adds !== undefined) continue
    if (mayReplace(choices, path) || (await prompts.confirm(`${path} is there already. Replace it?`, false)))
      replaces.push(path)
  }
  return { ...choices, replaces }
}

/** @throws MuelleError CONFIRMATION_REQUIRED after a no */
async function confirm(prompts: Prompts, { proposal, files }: Decision): Promise<void> {
  say(proposal.kind === 'compose' ? renderFiles(files) : renderNames(files))
  const choices = ['yes', 'show it first', 'no'].map((value) => ({ value, label: value }))
  const answer = await prompts.choose({ message: 'Write this?', choices, initial: 'yes' })
  if (answer === 'yes') return
  if (answer !== 'no') {
    say(renderFiles(files))
    if (await prompts.confirm('Write this?', true)) return
  }
  throw new MuelleError('CONFIRMATION_REQUIRED', 'Nothing was written.', {
    hint: 'To begin anew:  muelle init',
  })
}

function show({ proposal, files, kept }: Decision, next: string): Output {
  const data = dataOf(proposal, { files, isWritten: false })
  if (files.length === 0) return { data, text: report({ proposal, files, kept }) }
  const text = [
    renderFound(proposal),
    '',
    renderFiles(files),
    ...endOf(proposal, kept),
    '',
    `Nothing was written. To write this:  ${next}`,
  ].join('\n')
  return { data, text, exitCode: catalogue.CONFIRMATION_REQUIRED.exit }
}

function report({ proposal, files, kept }: Decision): string {
  const said = files.length === 0 ? ['Nothing was to be written.'] : ['Written:', renderNames(files)]
  const next =
    (proposal.findings?.gaps.length ?? 0) === 0 || proposal.kind === 'compose' ? 'Next:' : 'After that:'
  return [
    renderFound(proposal),
    '',
    ...said,
    ...endOf(proposal, kept),
    '',
    `${next}  muelle check   and  muelle up`,
  ].join('\n')
}

/** What a person still has to do or to know. */
function endOf({ findings, compose, files }: Proposal, kept: readonly ProposedFile[]): string[] {
  const stays = kept.map(({ path }) => path).join(', ')
  const unset = (findings?.blueprint.required ?? []).filter(({ isGenerated }) => !isGenerated)
  const hasEnv = files.some(({ path }) => path === '.env')
  const names = unset.map(({ name }) => name).join(', ')
  return [
    ...(stays === '' ? [] : ['', `There already, and left as it is: ${stays}. To replace it:  --overwrite`]),
    ...[...(findings?.notes ?? []), ...(compose?.notes ?? [])].flatMap((note) => ['', note]),
    ...(compose === undefined ? renderGaps(findings?.gaps ?? []) : []),
    ...(compose === undefined && !hasEnv && (findings?.blueprint.required.length ?? 0) > 0
      ? ['', 'Your .env stays as it is; what it has to hold is in .env.example.']
      : []),
    ...(compose !== undefined || names === ''
      ? []
      : ['', `Give a value to ${names} in .env, or by  muelle secrets set NAME`]),
  ]
}

function dataOf(
  proposal: Proposal,
  { files, isWritten }: { files: readonly ProposedFile[]; isWritten: boolean },
) {
  const { kind, name, findings, compose } = proposal
  const paths = files.map(({ path }) => path)
  return {
    kind,
    name,
    found: findings?.found ?? [],
    roles: compose?.roles ?? {},
    gaps: findings?.gaps ?? [],
    ambiguities: findings?.ambiguities ?? [],
    written: isWritten ? paths : [],
    wouldWrite: isWritten ? [] : paths,
    // A secret is in no output.
    files: Object.fromEntries(
      files.filter(({ mode }) => mode === undefined).map(({ path, text }) => [path, text]),
    ),
  }
}

/** On standard error, with the questions. */
function say(message: string): void {
  process.stderr.write(`${message}\n\n`)
}
