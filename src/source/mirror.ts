import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { UpdateSettings } from '../app/schema.ts'
import { type SpawnResult, spawn } from '../engine/spawn.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import type { Vault } from '../secrets/vault.ts'
import { accessTo } from './access.ts'
import { readAddress } from './address.ts'
import type { SourceFolder } from './folder.ts'
import * as argv from './git-arguments.ts'

/** The branch of an app's repository, as it was last fetched. */
export interface Mirror {
  /** Brings the branch up to date, also when its history was rewritten. @throws MuelleError SOURCE_UNREACHABLE or BRANCH_MISSING */
  fetch(signal: AbortSignal): Promise<void>
  /** The full name of the newest commit, or of the one that is meant. @throws MuelleError COMMIT_UNKNOWN */
  commit(wanted?: string): Promise<string>
  /** Paths from the top of the repository. */
  trackedFiles(commit: string): Promise<ReadonlySet<string>>
  /** Paths and first lines of messages between two commits; undefined when the older one is not in the mirror. */
  changes(from: string, to: string): Promise<Changes | undefined>
  /** Writes the files of a commit, and nothing else, into an empty folder. */
  checkOut(commit: string, folder: string): Promise<void>
}

export interface Changes {
  files: readonly string[]
  subjects: readonly string[]
}

/** Milliseconds. The first fetch of a large repository takes minutes. */
const patienceMs = 15 * 60_000

export function openMirror(
  source: { app: string; settings: UpdateSettings; folder: SourceFolder },
  vault: Vault,
): Mirror {
  const { app, settings, folder } = source
  const { mirror } = folder
  const { repo, branch } = settings

  const fetch: Mirror['fetch'] = async (signal) => {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
    const [{ options, env }, redact] = await Promise.all([accessTo(repo, source, vault), vault.redactor()])
    const run = (words: readonly string[]) =>
      git([...options, ...words], { env, redact, signal: bounded }).catch((error: unknown) => {
        if (signal.aborted || !bounded.aborted) throw error
        throw unreachable(app, repo, [`It did not answer within ${patienceMs / 60_000} minutes.`])
      })
    if (!existsSync(mirror)) {
      await mkdir(dirname(mirror), { recursive: true, mode: 0o700 })
      await git(argv.create(mirror))
    }
    const fetched = await untilUnlocked(() => run(argv.fetch(mirror, settings)))
    if (fetched.exitCode === 0) return
    const { exitCode } = await run(argv.hasBranch(settings))
    if (exitCode !== 2) throw unreachable(app, repo, fetched.lines)
    throw new MuelleError('BRANCH_MISSING', `${repo} has no branch ${branch}.`, {
      hint: 'If it was deleted or renamed, write the new name in the Compose file and deploy that by hand:  x-muelle: {update: {branch: …}}',
    })
  }

  return {
    fetch,
    commit: async (wanted) => {
      const found = await git(argv.resolve(mirror, wanted ?? argv.head))
      const commit = found.stdout
      const isThere = found.exitCode === 0 && (await git(argv.isInBranch(mirror, commit))).exitCode === 0
      if (isThere) return commit
      throw new MuelleError('COMMIT_UNKNOWN', `Branch ${branch} of ${repo} has no commit ${wanted}.`, {
        hint: 'Only what is in the branch is deployed. Name a commit by its number, or leave --ref out for the newest.',
      })
    },
    trackedFiles: async (commit) => new Set(separated(await succeed(argv.trackedFiles(mirror, commit)))),
    changes: async (from, to) => {
      const range = { from, to }
      const files = await git(argv.changedFiles(mirror, range))
      if (files.exitCode !== 0) return undefined
      const subjects = await succeed(argv.subjects(mirror, range))
      return { files: separated(files.stdout), subjects: subjects.split('\n').filter(Boolean) }
    },
    checkOut: async (commit, to) => {
      // The index says what a folder has of a commit, and a mirror has no folder of its own.
      await succeed(argv.checkOut(mirror, to, commit), { GIT_INDEX_FILE: `${to}.index` })
    },
  }
}

/** Another process may be fetching into the same mirror, and Git waits for nobody. */
async function untilUnlocked(fetch: () => Promise<SpawnResult>): Promise<SpawnResult> {
  for (let attempt = 1; ; attempt++) {
    const fetched = await fetch()
    const isLocked = /cannot lock ref|\.lock': File exists/.test(fetched.lines.join('\n'))
    if (fetched.exitCode === 0 || !isLocked || attempt === 20) return fetched
    await sleep(250)
  }
}

/** Where a folder is in its repository, such as `backend/`; empty at the top and outside of one. */
export async function prefixOf(folder: string): Promise<string> {
  const { exitCode, stdout } = await git(argv.prefixOf(folder))
  return exitCode === 0 ? stdout : ''
}

async function git(
  words: readonly string[],
  options: Parameters<typeof spawn>[2] = {},
): Promise<SpawnResult> {
  const result = await spawn('git', words, options)
  if (!result.isMissing) return result
  throw new MuelleError('SOURCE_UNREACHABLE', 'The git command is not installed.', {
    hint: 'Install it:  sudo apt-get install git',
  })
}

/** For what cannot fail with a whole mirror. */
async function succeed(words: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { exitCode, stdout, lines } = await git(words, { env: { LC_ALL: 'C', ...env } })
  if (exitCode === 0) return stdout
  throw new MuelleError('SOURCE_UNUSABLE', `git ${words.join(' ')} ended with exit code ${exitCode}.`, {
    hint: 'See the room on the disk:  df -h   Then run the same command again.',
    log: lines,
  })
}

function separated(text: string): string[] {
  return text.split('\0').filter((part) => part !== '')
}

function unreachable(app: string, repo: string, log: readonly string[]): MuelleError {
  return new MuelleError('SOURCE_UNREACHABLE', `${repo} could not be fetched.`, {
    hint: hintFor(app, repo, log.join('\n')),
    log,
  })
}

function hintFor(app: string, repo: string, said: string): string {
  if (/Host key verification failed/.test(said)) return `Make its host known:  muelle source trust ${app}`
  if (readAddress(repo).kind === 'ssh') return `Let it in with its deploy key:  muelle source key ${app}`
  if (/Authentication failed|could not read Username|403|not found/i.test(said))
    return `Give a token that may read it:  muelle secrets set GIT_TOKEN --app ${app}`
  return 'Check the address and the network, then run the same command again.'
}
