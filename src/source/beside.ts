import { copyFile, lstat, mkdir, realpath } from 'node:fs/promises'
import { dirname, join, normalize, relative, sep } from 'node:path'
import type { WrittenFile } from '../app/written.ts'

/**
 * Files that a Compose file names and that often are not in Git: env files, secrets, configs and certificates. They are
 * taken from the folder that the app was last deployed from by hand, and kept for the day on which that is gone.
 */

/** Paths of such files, whether they are there or not, from the folder that the Compose file is in. */
export function namedFiles(written: readonly WrittenFile[], environment: string): string[] {
  const named = written.flatMap(({ content }) => [
    ...Object.values(content.services ?? {}).flatMap((service) => pathsOf(service?.env_file)),
    ...['secrets', 'configs'].flatMap((kind) => filesOf((content as Record<string, unknown>)[kind])),
    ...certificateOf((content as Record<string, unknown>)['x-muelle']),
  ])
  const variables = ['.env', ...named].flatMap((path) => [path, `${path}.${environment}`])
  return [...new Set(variables.map((path) => normalize(path)))].filter(
    (path) => !path.startsWith('/') && !path.includes('$'),
  )
}

function pathsOf(entry: unknown): string[] {
  return [entry ?? []].flat().flatMap((one: unknown) => {
    const path = isMapping(one) ? one['path'] : one
    return typeof path === 'string' ? [path] : []
  })
}

function filesOf(entries: unknown): string[] {
  if (!isMapping(entries)) return []
  return Object.values(entries).flatMap((entry) => {
    const file = isMapping(entry) ? entry['file'] : undefined
    return typeof file === 'string' ? [file] : []
  })
}

function certificateOf(block: unknown): string[] {
  const tls = isMapping(block) ? block['tls'] : undefined
  if (!isMapping(tls)) return []
  return [tls['certificate'], tls['key']].filter((path) => typeof path === 'string')
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Copies those of the files that are there; what is in the other folder already is replaced. */
export async function copyFiles(
  paths: readonly string[],
  { from, to }: { from: string; to: string },
): Promise<void> {
  for (const path of paths) {
    const source = join(from, path)
    const target = join(to, path)
    const isFile = await lstat(source).then(
      (found) => found.isFile() || found.isSymbolicLink(),
      () => false,
    )
    if (!isFile || relative(to, target).startsWith('..')) continue
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    // A link in the repository may lead out of it.
    if (!(await leadsInto(dirname(target), to))) continue
    await copyFile(source, target)
  }
}

async function leadsInto(folder: string, top: string): Promise<boolean> {
  const [real, root] = await Promise.all([realpath(folder), realpath(top)])
  return `${real}${sep}`.startsWith(`${root}${sep}`)
}
