import { readFile } from 'node:fs/promises'
import type { ComposeFile } from '../../app/compose.ts'
import type { WrittenFile } from '../../app/written.ts'
import { MuelleError, recode } from '../../errors/muelle-error.ts'
import { marksFor, useSecrets, warnAboutArguments, withVariables } from '../../secrets/references.ts'
import { type ConfigOptions, config } from './arguments.ts'
import { nextAfter } from './compose-refusal.ts'
import { docker } from './process.ts'
import { readWritten } from './written.ts'

/** Where names of secrets are known; without, files have none. */
export interface KnownSecrets {
  /** Names by app. */
  secretsOf?: (app: string) => Promise<readonly string[]>
}

export interface ReadOptions extends ConfigOptions, KnownSecrets {
  /** Env files that services read after their own. */
  serviceEnvFiles?: Readonly<Record<string, readonly string[]>>
}

/**
 * Reads Compose files with Docker Compose itself, so that interpolation, `extends`, `include`, profiles and env files
 * mean here what they mean everywhere.
 * @param paths in order, later ones overriding earlier ones
 * @throws MuelleError COMPOSE_INVALID or DOCKER_UNAVAILABLE
 */
export async function readCompose(
  paths: readonly string[],
  options: ReadOptions,
): Promise<{ file: ComposeFile; written: readonly WrittenFile[]; warnings: readonly string[] }> {
  const names = await secretNames(paths, options)
  const [{ file: loaded, warnings }, written] = await Promise.all([
    runConfig(paths, options, marksFor(names)),
    Promise.all(paths.map(readWritten)),
  ])
  // A rendered file is run beside the `.env` of production, which is not where another environment has its secrets.
  const isStrict = options.projectName !== undefined
  const file = options.asWritten === true ? loaded : useSecrets(loaded, names, isStrict)
  return { file, written, warnings: [...warnings, ...warnAboutArguments(file)] }
}

async function secretNames(paths: readonly string[], options: ReadOptions): Promise<readonly string[]> {
  const { secretsOf, projectName } = options
  return (await secretsOf?.(projectName ?? (await readProjectName(paths, options)))) ?? []
}

/** Some variables that a file asks for may be secrets, and whose those are is known by its name. */
export async function readProjectName(paths: readonly string[], options: ConfigOptions): Promise<string> {
  const asWritten = { ...options, asWritten: true }
  const { file } = await runConfig(paths, options).catch(() => runConfig(paths, asWritten))
  return file.name
}

async function runConfig(
  paths: readonly string[],
  options: ReadOptions,
  env: Readonly<Record<string, string>> = {},
): Promise<{ file: ComposeFile; warnings: readonly string[] }> {
  const warnings: string[] = []
  const onLine = (line: string): void => {
    const warning = /level=warning msg="(.*)"/.exec(line)?.[1]
    if (warning !== undefined) warnings.push(warning.replaceAll('\\"', '"'))
  }
  const input = await completion(paths, options)
  const files = input === undefined ? paths : [...paths, '-']
  const run = {
    onLine,
    cwd: options.directory,
    env,
    redact: withVariables,
    ...(input === undefined ? {} : { input }),
  }
  const [yaml, { parse }] = await Promise.all([
    docker(config(files, options), run).catch(
      recode('DOCKER_COMMAND_FAILED', (cause) => {
        return new MuelleError('COMPOSE_INVALID', `Docker Compose does not accept ${paths.join(', ')}.`, {
          hint: nextAfter(cause.log, paths),
          log: cause.log.filter((line) => !line.includes('level=warning')),
          cause,
        })
      }),
    ),
    import('yaml'),
  ])
  return { file: parse(yaml) as ComposeFile, warnings }
}

/** Most projects have one file, and do without. */
async function completion(
  paths: readonly string[],
  { serviceEnvFiles = {} }: ReadOptions,
): Promise<string | undefined> {
  if (paths.length === 1 && Object.keys(serviceEnvFiles).length === 0) return undefined
  const overrides = await Promise.all(paths.slice(1).map((path) => readFile(path, 'utf8')))
  const { completeOverrides } = await import('./override.ts')
  return completeOverrides(overrides, serviceEnvFiles)
}
