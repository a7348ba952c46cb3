import { access, constants, glob, readFile, stat } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import { MuelleError } from '../errors/muelle-error.ts'
import type { Sources } from '../init/sources.ts'

/** What somebody else wrote, or a program. */
const foreign =
  /^(?:node_modules|\.git|\.hg|\.svn|\.?v?env|\.venv|virtualenv|site-packages|__pycache__|\.tox|\.mypy_cache|\.pytest_cache|dist|build|\.next|staticfiles|static|media|coverage)$/

const wanted =
  /(?:^|\/)(?:[^/]+\.(?:py|[cm]?[jt]sx?|sh)|requirements[\w.-]*\.txt|pyproject\.toml|(?:poetry|uv)\.lock|Pipfile(?:\.lock)?|package\.json|package-lock\.json|yarn\.lock|pnpm-lock\.yaml|runtime\.txt|\.python-version|\.nvmrc|\.node-version|Dockerfile[\w.-]*|\.dockerignore|\.gitignore|\.env(?:\.example)?|[\w.-]*compose[\w.-]*\.ya?ml)$|(?:^|\/)requirements\/[^/]+\.txt$/

/** A lock file of a large project is longer; of that only the names at its beginning are looked at. */
const mostBytes = 2_000_000
const mostFiles = 5000
const deepest = 6

/**
 * Reads the small files of a project that tell what it is. Nothing of it is run.
 * @throws MuelleError PROJECT_UNKNOWN when the folder is missing or cannot be read
 */
export async function readSources(directory: string): Promise<Sources> {
  await checkFolder(directory)
  const files: Record<string, string> = {}
  const unreadable: string[] = []
  const paths = await listFiles(directory)
  await Promise.all(
    paths.map(async (path) => {
      const text = await readText(join(directory, path))
      if (text === undefined) unreadable.push(path)
      else files[path] = text
    }),
  )
  return { folder: basename(directory), files, unreadable: unreadable.toSorted() }
}

async function checkFolder(directory: string): Promise<void> {
  const info = await stat(directory).catch(() => undefined)
  if (info?.isDirectory() !== true) {
    throw new MuelleError('PROJECT_UNKNOWN', `There is no folder ${directory}.`, {
      hint: 'Name the folder of the project:  muelle init path/to/project',
    })
  }
  await access(directory, constants.R_OK | constants.X_OK).catch((cause: unknown) => {
    throw new MuelleError('PROJECT_UNKNOWN', `The folder ${directory} is closed to this user.`, {
      hint: `See who may read it:  ls -ld ${directory}`,
      cause,
    })
  })
}

async function listFiles(directory: string): Promise<string[]> {
  const found: string[] = []
  const exclude = (path: string): boolean => foreign.test(basename(path)) || path.split(sep).length > deepest
  for await (const path of glob('**/*', { cwd: directory, exclude })) {
    const plain = path.split(sep).join('/')
    if (wanted.test(plain)) found.push(plain)
    if (found.length >= mostFiles) break
  }
  // `*` leaves out names that begin with a dot.
  for await (const path of glob('.*', { cwd: directory, exclude })) if (wanted.test(path)) found.push(path)
  return [...new Set(found)]
}

/** Undefined when it cannot be read; a folder that is named like a file has no text. */
async function readText(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path)
    return size > mostBytes
      ? (await readFile(path, 'utf8')).slice(0, mostBytes)
      : await readFile(path, 'utf8')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EISDIR' ? '' : undefined
  }
}
