import { matchesGlob } from 'node:path'
import type { UpdateSettings } from '../app/schema.ts'
import type { Mirror } from './mirror.ts'

/** What there is to deploy. */
export interface Update {
  /** Why there is nothing: the commit is the live one, or touches none of the paths. */
  isNothing?: 'same' | 'elsewhere'
  commit: string
  /** As the live release has it on record; null when that is from no commit. */
  from: string | null
  /** First lines of the messages in between, newest first; without, when the histories do not meet. */
  subjects: readonly string[]
}

export interface Wanted {
  settings: UpdateSettings
  /** The commit of the live release. */
  from: string | null
  /** Another commit than the newest. */
  ref: string | undefined
  /** Also what is live already. */
  again: boolean
}

/** How releases have a commit on record. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 12)
}

/** Fetches, and compares with what is live. @throws MuelleError SOURCE_UNREACHABLE, BRANCH_MISSING or COMMIT_UNKNOWN */
export async function findUpdate(wanted: Wanted, mirror: Mirror, signal: AbortSignal): Promise<Update> {
  const { settings, from, ref, again } = wanted
  await mirror.fetch(signal)
  const commit = await mirror.commit(ref)
  const isSame = from === shortCommit(commit)
  if (isSame && !again) return { isNothing: 'same', commit, from, subjects: [] }
  // With a plus sign, its files were not those of any commit.
  const changes = from === null ? undefined : await mirror.changes(from.replace('+', ''), commit)
  const subjects = changes?.subjects ?? []
  const isChosen = again || ref !== undefined || from?.endsWith('+') === true
  if (!isChosen && changes !== undefined && !touches(changes.files, settings.paths))
    return { isNothing: 'elsewhere', commit, from, subjects }
  return { commit, from, subjects }
}

/** Whether any of the files is meant by any of the patterns; without patterns all are. */
export function touches(files: readonly string[], paths: readonly string[] | undefined): boolean {
  return paths === undefined || files.some((file) => paths.some((pattern) => matchesGlob(file, pattern)))
}
