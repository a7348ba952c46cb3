/**
 * Argument arrays for Git. Pure; nothing here passes through a shell. Names from outside come after `--` or
 * `--end-of-options`, or have `refs/heads/` before them, so that none is taken for an option.
 */

/** What the head of the branch is called in the mirror, whatever the branch is called. */
export const head = 'refs/muelle/head'

/** Hooks are for people, and a tidying in the background would outlive Muelle. */
const quiet = ['-c', 'core.hooksPath=/dev/null', '-c', 'gc.autoDetach=false']

/** The plus sign follows a branch that was rewritten. */
export function fetch(mirror: string, { repo, branch }: { repo: string; branch: string }): string[] {
  const options = ['--no-tags', '--no-recurse-submodules', '--no-write-fetch-head', '--quiet']
  // A connection that has stopped without ending would hold the update up for hours.
  const slow = ['-c', 'http.lowSpeedLimit=1000', '-c', 'http.lowSpeedTime=60']
  return [...inside(mirror), ...slow, 'fetch', ...options, '--', repo, `+refs/heads/${branch}:${head}`]
}

/** Ends with exit code 2 when the repository was reached and has no such branch. */
export function hasBranch({ repo, branch }: { repo: string; branch: string }): string[] {
  return ['ls-remote', '--exit-code', '--quiet', '--', repo, `refs/heads/${branch}`]
}

export function create(mirror: string): string[] {
  return ['init', '--quiet', '--bare', '--', mirror]
}

export function resolve(mirror: string, name: string): string[] {
  return [...inside(mirror), 'rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]
}

/** Ends with exit code 0 when the commit is in the history of the head. */
export function isInBranch(mirror: string, commit: string): string[] {
  return [...inside(mirror), 'merge-base', '--is-ancestor', commit, head]
}

export function trackedFiles(mirror: string, commit: string): string[] {
  return [...inside(mirror), 'ls-tree', '-r', '-z', '--name-only', '--full-tree', commit]
}

export function changedFiles(mirror: string, { from, to }: Range): string[] {
  return [...inside(mirror), 'diff', '--name-only', '-z', '--no-renames', from, to]
}

/** A line each: the commit and what it says in its first line. */
export function subjects(mirror: string, { from, to }: Range): string[] {
  return [...inside(mirror), 'log', '--max-count=20', '--format=%h %s', `${from}..${to}`]
}

export function checkOut(mirror: string, folder: string, commit: string): string[] {
  return [...inside(mirror), `--work-tree=${folder}`, 'read-tree', '--reset', '-u', commit]
}

/** Where a folder is in its repository: empty at the top, else a path that ends with a slash. */
export function prefixOf(folder: string): string[] {
  return ['-C', folder, 'rev-parse', '--show-prefix']
}

export interface Range {
  from: string
  to: string
}

function inside(mirror: string): string[] {
  return [`--git-dir=${mirror}`, ...quiet]
}
