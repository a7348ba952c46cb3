import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { basename, join, normalize, resolve } from 'node:path'
import type { ComposeFile } from '../app/compose.ts'
import type { WrittenFile } from '../app/written.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import type { AppRecord } from '../store/apps.ts'
import type { SourceRecord } from '../store/sources.ts'
import { copyFiles, namedFiles } from './beside.ts'
import { shortCommit } from './find-update.ts'
import type { SourceFolder } from './folder.ts'
import { inPlace } from './in-place.ts'
import type { Mirror } from './mirror.ts'

/** A commit in a folder, ready to be read by Compose once the files are beside it that are not in Git. */
export interface Checkout {
  /** The folder with the Compose file. */
  directory: string
  /** Compose files that were named, if any. */
  files: readonly string[]
  /** The folder that the app was last deployed from by hand. */
  home: string
  /** Brings the files that these name and that are not in Git. */
  complete(written: readonly WrittenFile[]): Promise<void>
  /** Puts what lasts where it lasts. @throws MuelleError SOURCE_UNUSABLE */
  place(file: ComposeFile): ComposeFile
}

interface Origin {
  app: AppRecord
  source: SourceRecord
  folder: SourceFolder
}

/** @throws MuelleError SOURCE_UNUSABLE for a repository with submodules */
export async function checkOut(commit: string, mirror: Mirror, origin: Origin): Promise<Checkout> {
  const { app, source, folder } = origin
  const tracked = await mirror.trackedFiles(commit)
  if (tracked.has('.gitmodules')) throw hasSubmodules()
  const top = topOf(app.directory, source.prefix)
  await mkdir(folder.checkouts, { recursive: true, mode: 0o700 })
  const own = await mkdtemp(join(folder.checkouts, `${shortCommit(commit)}-`))
  // Compose calls a project by its folder.
  const checkout = join(own, basename(top))
  await mkdir(checkout)
  await mirror.checkOut(commit, checkout)
  const directory = join(checkout, source.prefix)
  const complete: Checkout['complete'] = async (written) => {
    const names = namedFiles(written, app.environment).map((name) => normalize(join(source.prefix, name)))
    const untracked = names.filter((name) => !tracked.has(name))
    await keep(untracked, { from: top, to: folder.kept })
    await copyFiles(untracked, { from: folder.kept, to: checkout })
  }
  return {
    directory,
    files: source.files.map((file) => resolve(directory, file)),
    home: app.directory,
    complete,
    place: (file) => {
      const placed = inPlace(file, { checkout, home: top, tracked })
      refuseLost(placed, top)
      return placed
    },
  }
}

/** What is kept is what was last seen, so a file that a person has removed goes too. */
export async function keep(
  names: readonly string[],
  { from, to }: { from: string; to: string },
): Promise<void> {
  if (!existsSync(from)) return
  await rm(to, { recursive: true, force: true })
  await mkdir(to, { recursive: true, mode: 0o700 })
  await copyFiles(names, { from, to })
}

/** Removes checkouts that nothing runs from; one that was made just now may be another update's. */
export async function removeCheckouts(
  { checkouts }: SourceFolder,
  { used, own }: { used: readonly string[]; own: string | undefined },
): Promise<void> {
  const names = await readdir(checkouts).catch(() => [])
  for (const path of names.map((name) => join(checkouts, name))) {
    const holds = (directory: string): boolean => `${directory}/`.startsWith(`${path}/`)
    if (used.some(holds)) continue
    const isOwn = own !== undefined && holds(own)
    if (isOwn || (await stat(path)).mtimeMs < Date.now() - 86_400_000)
      await rm(path, { recursive: true, force: true })
  }
}

/** `/srv/shop` for `/srv/shop/backend` with the prefix `backend/`. */
export function topOf(directory: string, prefix: string): string {
  return resolve(directory, ...prefix.split('/').flatMap((part) => (part === '' ? [] : ['..'])))
}

/** Docker would make an empty folder where the data of the app were. */
function refuseLost(file: ComposeFile, top: string): void {
  if (existsSync(top)) return
  const needs = Object.entries(file.services).find(([, { volumes = [] }]) =>
    volumes.some(({ source }) => `${source}/`.startsWith(`${top}/`)),
  )
  if (needs === undefined) return
  throw new MuelleError('SOURCE_UNUSABLE', `${needs[0]} mounts what is not in Git, and ${top} is gone.`, {
    hint: 'Put that folder back, or deploy once by hand from where it is now:  muelle up path/to/project',
  })
}

function hasSubmodules(): MuelleError {
  return new MuelleError('SOURCE_UNUSABLE', 'The repository has submodules, which are not fetched.', {
    hint: 'Bring them into the repository itself, or deploy from a folder:  muelle up path/to/project',
  })
}
