import { chmod, link, open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { MuelleError } from '../errors/muelle-error.ts'

export interface FileToWrite {
  path: string
  text: string
  mode?: number
  /** It may take the place of a file that is there. */
  replaces: boolean
}

/**
 * Writes all files or none: first each beside its place, then each to its place by a rename.
 * @throws MuelleError PROJECT_UNKNOWN when one of them cannot be written; then nothing has changed
 */
export async function writeFiles(
  directory: string,
  files: readonly FileToWrite[],
  signal: AbortSignal,
): Promise<void> {
  const written: string[] = []
  const undo: (() => Promise<unknown>)[] = []
  try {
    for (const file of files) {
      signal.throwIfAborted()
      written.push(await writeBeside(directory, file))
    }
    signal.throwIfAborted()
    for (const file of files) undo.push(await putInPlace(directory, file))
  } catch (error) {
    for (const step of undo.reverse()) await step().catch(() => undefined)
    if (signal.aborted) throw new MuelleError('INTERRUPTED', 'Nothing was written.', { cause: error })
    throw refusal(directory, error)
  } finally {
    const rests = [...written, ...files.map(({ path }) => kept(join(directory, path)))]
    // What cannot be removed was not there, as in a folder that is none.
    await Promise.all(rests.map((path) => rm(path, { force: true }).catch(() => undefined)))
  }
}

function beside(path: string): string {
  return `${path}.muelle-new`
}

function kept(path: string): string {
  return `${path}.muelle-old`
}

async function writeBeside(directory: string, { path, text, mode }: FileToWrite): Promise<string> {
  const target = join(directory, path)
  const before = await stat(target).catch(() => undefined)
  const file = await open(beside(target), 'w', mode ?? 0o644)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  // What replaces a file has the permissions that it had.
  const bits = mode ?? (before === undefined ? undefined : before.mode & 0o777)
  if (bits !== undefined) await chmod(beside(target), bits)
  return beside(target)
}

/** @returns how to take it back */
async function putInPlace(
  directory: string,
  { path, replaces }: FileToWrite,
): Promise<() => Promise<unknown>> {
  const target = join(directory, path)
  if (!replaces) {
    // Unlike a rename, a link never takes the place of a file that came meanwhile.
    await link(beside(target), target)
    return () => rm(target)
  }
  await rm(kept(target), { force: true })
  await link(target, kept(target))
  await rename(beside(target), target)
  return () => rename(kept(target), target)
}

function refusal(directory: string, error: unknown): MuelleError {
  const { code = '', path = directory } = error as NodeJS.ErrnoException
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'it is closed to this user',
    EPERM: 'it is closed to this user',
    EROFS: 'it is read-only',
    EEXIST: 'a file came there meanwhile',
    ENOSPC: 'the disk is full',
  }
  const reason = reasons[code] ?? String((error as Error).message)
  return new MuelleError('PROJECT_UNKNOWN', `Nothing was written to ${directory}: ${reason} (${path}).`, {
    hint: `See who may write there:  ls -ld ${directory}`,
    cause: error,
  })
}
