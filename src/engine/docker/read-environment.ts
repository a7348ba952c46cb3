import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ComposeFile } from '../../app/compose.ts'
import { instanceName } from '../../app/environment.ts'
import type { ComposeSource, LoadedCompose } from '../port.ts'
import { type KnownSecrets, readCompose, readProjectName } from './read-compose.ts'

/**
 * Reads the files of an environment other than production: the main files, its override file when the files were not
 * named by hand, and its env files on top of the usual ones. What production has gives the project its name, and
 * shows what there is to share by mistake.
 * @throws MuelleError COMPOSE_INVALID or DOCKER_UNAVAILABLE
 */
export async function readEnvironmentFiles(
  source: ComposeSource,
  main: readonly string[],
  known: KnownSecrets,
): Promise<Omit<LoadedCompose, 'directory'>> {
  const { directory, environment } = source
  const isNamed = source.files.length > 0
  const paths = withOverride(source, main)
  const envFiles = findEnvFiles(source)
  const ifReadable = () => undefined
  const [plain, written] = await Promise.all([
    isNamed
      ? undefined
      : readCompose(main, { directory, ...withThoseOf(environment, known) }).catch(ifReadable),
    readCompose(paths, { directory, envFiles, asWritten: true }).catch(ifReadable),
  ])
  const name = plain?.file.name ?? (await readProjectName(paths, { directory, envFiles }))
  const projectName = instanceName(name, environment)
  const serviceEnvFiles = findServiceEnvFiles(written?.file, environment)
  const loaded = await readCompose(paths, { directory, envFiles, projectName, serviceEnvFiles, ...known })
  return {
    file: loaded.file,
    written: loaded.written,
    warnings: [...loaded.warnings, ...warnAboutSecrets(source, written !== undefined)],
    ...(plain === undefined ? {} : { production: plain.file }),
  }
}

/** What a file shares can be read without the secrets of production, where those of the environment are set. */
function withThoseOf(environment: string, { secretsOf }: KnownSecrets): KnownSecrets {
  if (secretsOf === undefined) return {}
  const both = (app: string) => Promise.all([secretsOf(app), secretsOf(instanceName(app, environment))])
  return { secretsOf: async (app) => (await both(app)).flat() }
}

/** The files that an environment is read from. */
export function withOverride(source: ComposeSource, main: readonly string[]): readonly string[] {
  return source.files.length > 0 ? main : [...main, ...findOverride(source)]
}

/** Beside `compose.yaml`, what staging has otherwise is in `compose.staging.yaml`. */
function findOverride({ directory, environment }: ComposeSource): string[] {
  return ['compose', 'docker-compose']
    .flatMap((name) => ['yaml', 'yml'].map((ending) => join(directory, `${name}.${environment}.${ending}`)))
    .filter((path) => existsSync(path))
    .slice(0, 1)
}

/** Later ones win. Without one of its own, Compose reads what it always reads. */
function findEnvFiles({ directory, environment }: ComposeSource): string[] {
  const own = ownEnvFile(join(directory, '.env'), environment)
  if (!existsSync(own)) return []
  return [join(directory, '.env'), own].filter((path) => existsSync(path))
}

/** A service that reads `.env` with `env_file` reads `.env.staging` after it. */
function findServiceEnvFiles(file: ComposeFile | undefined, environment: string): Record<string, string[]> {
  const entries = Object.entries(file?.services ?? {}).flatMap(([name, { env_file }]) => {
    const read = (env_file ?? []) as readonly { path: string }[]
    const own = read.map(({ path }) => ownEnvFile(path, environment)).filter((path) => existsSync(path))
    return own.length === 0 ? [] : [[name, own] as const]
  })
  return Object.fromEntries(entries)
}

function ownEnvFile(path: string, environment: string): string {
  return `${path}.${environment}`
}

/** Passwords of production are the last thing that staging should find by itself. */
function warnAboutSecrets({ directory, environment }: ComposeSource, isWrittenKnown: boolean): string[] {
  const usual = join(directory, '.env')
  const own = ownEnvFile(usual, environment)
  if (existsSync(own)) {
    return isWrittenKnown
      ? []
      : [
          `Compose does not tell which services read .env: give those env_file: .env.${environment} themselves.`,
        ]
  }
  return existsSync(usual)
    ? [
        `${environment} reads the .env of production: write what differs, secrets first, in .env.${environment}.`,
      ]
    : []
}
