import type { BackupSettings } from '../app/schema.ts'

/** What restic is asked, as argument arrays, and what it answers. Pure. restic.readthedocs.io, "Scripting". */

/** Paths in its container. */
export const inside = {
  key: '/run/muelle/key',
  repository: '/repository',
  cache: '/cache',
  /** Where a restore point lies, so that every one has the same paths. */
  root: '/restore-point',
  dump: '/restore-point/dump',
  media: '/restore-point/media',
  project: '/restore-point/project',
  manifest: '/restore-point/dump/manifest.json',
  /** What histories hold, a folder for each server. */
  history: '/history',
  /** Secrets of the app, as they lie in the state folder. */
  state: '/restore-point/state',
} as const

/** Exit codes of restic 0.17 and later; 2 is Go's, for a program that broke down. */
export const exits = { crashed: 2, incomplete: 3, noRepository: 10, locked: 11, wrongKey: 12 } as const

const provenTag = 'proven'
const ownTag = 'muelle'

/** A backup of another app, or a prune, may hold the lock for a while. */
export function patiently([command = '', ...rest]: readonly string[]): string[] {
  return [command, '--retry-lock', '15m', ...rest]
}

export function tagsOf(app: string, point?: string): string {
  return [ownTag, `app=${app}`, ...(point === undefined ? [] : [`point=${point}`])].join(',')
}

export const initArguments: readonly string[] = ['init', '--json']

export function backupArguments(
  app: string,
  { point, limit, excluded }: { point: string; limit: number | undefined; excluded: readonly string[] },
): string[] {
  return [
    'backup',
    '--json',
    '--host',
    app,
    '--tag',
    tagsOf(app, point),
    ...(limit === undefined ? [] : ['--limit-upload', String(limit)]),
    ...excluded.flatMap((pattern) => ['--exclude', pattern]),
    '--',
    inside.root,
  ]
}

export function historyTags(app: string): string {
  return `${tagsOf(app)},history`
}

/** Without a base that is not complete yet. */
export function historyArguments(app: string, limit: number | undefined): string[] {
  return [
    ...['backup', '--json', '--host', app, '--tag', historyTags(app)],
    ...(limit === undefined ? [] : ['--limit-upload', String(limit)]),
    ...['--exclude', `${inside.history}/*/*/bases/unfinished*`, '--', inside.history],
  ]
}

export function historiesArguments(app: string): string[] {
  return ['snapshots', '--json', '--tag', historyTags(app)]
}

export function hasSnapshot(text: string): boolean {
  return ((JSON.parse(text === '' ? '[]' : text) as unknown[] | null) ?? []).length > 0
}

/** Does not wait for others. The bytes that nothing needs any more go with the next retention. */
export function forgetHistoryArguments(app: string): string[] {
  const scope = ['--host', app, '--tag', historyTags(app), '--group-by', 'host']
  return ['forget', ...scope, '--keep-last', '1']
}

/** Of an app, or of every one. */
export function snapshotsArguments(app: string | undefined): string[] {
  return ['snapshots', '--json', '--tag', app === undefined ? ownTag : tagsOf(app)]
}

/** How a snapshot is found. By its tags, restic has to read all others too; by its id, it does not. */
export type Selection = { tags: string } | { id: string }

/** A restore point is one snapshot, so the latest with its tags is the only one. */
function select(selection: Selection): { options: string[]; name: string } {
  return 'id' in selection
    ? { options: [], name: selection.id }
    : { options: ['--tag', selection.tags], name: 'latest' }
}

/** What this machine remembers of it proves nothing. */
const fromTheRepository = ['--no-cache']

/** Reads all of a folder, and so checks every byte of it, without keeping it. */
export function readThroughArguments(selection: Selection, path: string): string[] {
  const { options, name } = select(selection)
  const nowhere = ['--archive', 'tar', '--target', '/dev/null']
  return ['dump', ...fromTheRepository, ...options, ...nowhere, '--', name, path]
}

export interface RestoreOptions {
  path: string
  to: string
  /** That of it alone, if it is there. */
  part?: string | undefined
  /** Paths within it that are left out, each as it is. */
  without?: readonly string[]
}

/** Puts what is in a folder of the snapshot into another, over what is there. */
export function restoreArguments(
  selection: Selection,
  { path, part, without = [], to }: RestoreOptions,
): string[] {
  const { options, name } = select(selection)
  const some = part === undefined ? [] : ['--include', part]
  const excluded = without.flatMap((each) => ['--exclude', literalPattern(each)])
  const all = [...fromTheRepository, ...options, ...some, ...excluded]
  return ['restore', '--json', ...all, '--target', to, '--', `${name}:${path}`]
}

/** Everything in a snapshot, an object a line. With a folder it would leave out names that lead out of that. */
export function listArguments(selection: Selection): string[] {
  const { options, name } = select(selection)
  return ['ls', '--json', '--recursive', ...fromTheRepository, ...options, '--', name]
}

/** What there is to know of single paths, such as where a link leads to. */
export function findArguments(selection: Selection, paths: readonly string[]): string[] {
  const which = 'id' in selection ? ['--snapshot', selection.id] : ['--tag', selection.tags]
  return ['find', '--json', ...fromTheRepository, ...which, '--', ...paths.map(literalPattern)]
}

/** Its patterns are those of Go's filepath.Match. */
function literalPattern(path: string): string {
  return path.replaceAll(/[*?[\\]/g, '\\$&')
}

/** Reads every byte of the repository, and compares it with what was written. */
export const checkArguments: readonly string[] = ['check', ...fromTheRepository, '--read-data']

/** Neither is kept out by a lock, nor makes one. */
export const locksArguments: readonly string[] = ['list', '--no-lock', 'locks']

export function lockArguments(id: string): string[] {
  return ['cat', '--no-lock', 'lock', id]
}

/** Those of a process that nobody has heard of for 30 minutes, or all. */
export function unlockArguments(which: 'stale' | 'all'): string[] {
  return ['unlock', ...(which === 'all' ? ['--remove-all'] : [])]
}

export function provenArguments(tags: string, isProven: boolean): string[] {
  return ['tag', '--tag', tags, isProven ? '--add' : '--remove', provenTag]
}

/** By their ids. */
export function forgetArguments(snapshots: readonly string[]): string[] {
  return ['forget', '--', ...snapshots]
}

/** Of the proven restore points of one app. restic keeps at least the last, because `keep.last` is at least 1. */
export function retentionArguments(app: string, keep: BackupSettings['keep']): string[] {
  const counts = Object.entries(keep).flatMap(([unit, count]) =>
    count === 0 ? [] : [`--keep-${unit}`, String(count)],
  )
  const scope = ['--host', app, '--tag', `${tagsOf(app)},${provenTag}`, '--group-by', 'host']
  return ['forget', ...scope, ...counts, '--prune']
}

export interface Snapshot {
  id: string
  /** ISO 8601. */
  time: string
  app: string
  point: string
  isProven: boolean
}

/** Snapshots that the list lacks, because they cannot be read any more. */
export function unreadableSnapshots(lines: readonly string[]): string[] {
  return lines.flatMap((line) => /^Ignoring "?([0-9a-f]{8,64})"?: /.exec(line)?.[1] ?? [])
}

/** What `restic snapshots --json` lists of Muelle's own, newest first. */
export function readSnapshots(text: string): Snapshot[] {
  const found = JSON.parse(text === '' ? '[]' : text) as
    | { id: string; time: string; tags?: string[] }[]
    | null
  return (found ?? [])
    .flatMap(({ id, time, tags = [] }) => {
      const value = (key: string) => tags.find((tag) => tag.startsWith(`${key}=`))?.slice(key.length + 1)
      const [app, point] = [value('app'), value('point')]
      if (app === undefined || point === undefined) return []
      return [{ id, time, app, point, isProven: tags.includes(provenTag) }]
    })
    .sort((a, b) => b.point.localeCompare(a.point))
}

/** Bytes that a backup read, of its last line. */
export function readSummary(lines: readonly string[]): { snapshot: string; bytes: number } | undefined {
  for (const line of lines.toReversed()) {
    if (!line.includes('"message_type":"summary"')) continue
    const { snapshot_id, total_bytes_processed } = JSON.parse(line) as {
      snapshot_id: string
      total_bytes_processed: number
    }
    return { snapshot: snapshot_id, bytes: total_bytes_processed }
  }
  return undefined
}

/** A line of `--json` for people; undefined when it says nothing new. */
export function progressOf(line: string): string | undefined {
  if (!line.startsWith('{')) return line
  const told = JSON.parse(line) as { message_type?: string; percent_done?: number; message?: string }
  if (told.message_type === 'status') return `${Math.floor((told.percent_done ?? 0) * 100)}%`
  return told.message_type === 'error' ? line : undefined
}
