import { lstat, mkdir, mkdtemp, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import type { App } from '../app/app.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { type EjectedFile, keptServices } from './ejection.ts'

/**
 * Looks whether a folder may be written.
 * @returns its path, with what symbolic links stand for
 * @throws MuelleError CONFIRMATION_REQUIRED when something is there, or USAGE
 */
export async function examineTarget(
  target: string,
  app: App,
  { force }: { force: boolean },
): Promise<string> {
  const folder = await realpath(target).catch(() => resolve(target))
  const found = await lstat(folder).catch(() => undefined)
  if (found?.isDirectory() === false) {
    throw new MuelleError('USAGE', `${folder} is no folder.`, {
      hint: 'Name another:  muelle eject --to FOLDER',
    })
  }
  refuseInsideBuild(folder, app)
  const isEmpty = found === undefined || (await readdir(folder)).length === 0
  if (isEmpty || force) return folder
  throw new MuelleError('CONFIRMATION_REQUIRED', `${folder} is not empty, and nothing was written.`, {
    hint: 'Name another with --to, or add --force: what is there is kept beside it, under another name.',
  })
}

/** `COPY . .` would put private keys into an image. */
function refuseInsideBuild(folder: string, app: App): void {
  const contexts = keptServices(app).flatMap(({ definition }) => definition.build?.context ?? [])
  const around = contexts.find((context) => context.startsWith('/') && isInside(folder, context))
  if (around === undefined) return
  throw new MuelleError(
    'USAGE',
    `${folder} is inside of what images are built from, and keys would end in them.`,
    {
      hint: `Name a folder outside of ${around}:  muelle eject --to FOLDER`,
    },
  )
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !way.startsWith('/'))
}

/**
 * Writes all files or none: beside the folder first, then in one rename. What was there is kept.
 * @returns where that is now; undefined when nothing was there
 * @throws MuelleError USAGE when the folder cannot be written
 */
export async function writeFolder(
  folder: string,
  files: readonly EjectedFile[],
): Promise<string | undefined> {
  const parent = dirname(folder)
  const draft = await makeDraft(parent, folder)
  try {
    for (const { path, text, mode } of files) {
      await mkdir(dirname(join(draft, path)), { recursive: true, mode: 0o755 })
      await writeFile(join(draft, path), text, { mode, flush: true })
    }
    const before = await moveAside(folder)
    await rename(draft, folder).catch(async (error: unknown) => {
      if (before !== undefined) await rename(before, folder)
      throw error
    })
    return before
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function makeDraft(parent: string, folder: string): Promise<string> {
  try {
    await mkdir(parent, { recursive: true })
    return await mkdtemp(join(parent, `.${basename(folder)}-`))
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException
    if (code === 'ENOSPC') throw cause
    throw new MuelleError('USAGE', `${folder} cannot be written (${code}).`, {
      hint: 'Name a folder that you may write:  muelle eject --to FOLDER',
      cause,
    })
  }
}

async function moveAside(folder: string): Promise<string | undefined> {
  const there = await readdir(folder).catch(() => [])
  if (there.length === 0) return undefined
  for (let number = 1; ; number++) {
    const aside = `${folder}.before-${number}`
    if ((await lstat(aside).catch(() => undefined)) !== undefined) continue
    await rename(folder, aside)
    return aside
  }
}
