import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import type { App } from '../app/app.ts'
import type { WrittenFile } from '../app/written.ts'
import type { EnvFile } from '../check/facts.ts'
import { spawn } from '../engine/spawn.ts'

/** Permission bits of everyone else: to read a file, to pass through a folder. */
const othersRead = 0o004
const othersPass = 0o001

/** The `.env` that Compose reads and every `env_file` of a service, each with what an environment has beside it. */
export async function readEnvFiles(
  app: App,
  environment: string,
  written: readonly WrittenFile[],
): Promise<EnvFile[]> {
  const named = written.flatMap(({ path, content }) =>
    Object.values(content.services ?? {}).flatMap((service) =>
      pathsOf(service?.env_file).map((name) => resolve(dirname(path), name)),
    ),
  )
  const usual = [join(app.directory, '.env'), ...named]
  const paths = [...new Set(usual.flatMap((path) => [path, `${path}.${environment}`]))]
  const found = await Promise.all(paths.map(readEnvFile))
  return found.filter((file) => file !== undefined)
}

/** A path, several, or `{path, required}`. */
function pathsOf(entry: unknown): string[] {
  return [entry ?? []].flat().flatMap((one: unknown) => {
    const path = typeof one === 'object' && one !== null ? (one as { path?: unknown }).path : one
    return typeof path === 'string' && !path.includes('$') ? [path] : []
  })
}

async function readEnvFile(path: string): Promise<EnvFile | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const [isWorldReadable, isTracked] = await Promise.all([canOthersRead(path), isInGit(path)])
  return { path, isWorldReadable, isTracked, values: valuesOf(text) }
}

export function valuesOf(text: string): Record<string, string> {
  return Object.fromEntries(Object.entries(parseEnv(text)).map(([name, value]) => [name, value ?? '']))
}

/** A readable file in a folder that is closed, such as root's own, is closed. */
async function canOthersRead(path: string): Promise<boolean> {
  const { mode } = await stat(path)
  if ((mode & othersRead) === 0) return false
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode: above } = await stat(folder)
    if ((above & othersPass) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

async function isInGit(path: string): Promise<boolean> {
  const argv = ['-C', dirname(path), 'ls-files', '--error-unmatch', '--', basename(path)]
  const { exitCode } = await spawn('git', argv)
  return exitCode === 0
}
