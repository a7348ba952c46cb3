import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { composeFileNames } from '../../app/compose.ts'
import { instanceName, production } from '../../app/environment.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { Vault } from '../../secrets/vault.ts'
import type { ComposeLoader, ComposeSource, LoadedCompose } from '../port.ts'
import { type KnownSecrets, readCompose, readProjectName } from './read-compose.ts'
import { readWritten } from './written.ts'

/**
 * Loads with `docker compose config`, and keeps variables where a file uses secrets.
 * @param vault says which variables those are
 */
export function createComposeLoader(vault: Pick<Vault, 'apps' | 'read'>): ComposeLoader {
  const secretsOf = async (app: string) => [...(await vault.read(app)).keys()]
  return {
    written: async (source) => {
      const main = findFiles(source)
      if (source.environment === production) return Promise.all(main.map(readWritten))
      const { withOverride } = await import('./read-environment.ts')
      return Promise.all(withOverride(source, main).map(readWritten))
    },
    projectName: async (source) => {
      const name = await readProjectName(findFiles(source), { directory: directoryOf(source) })
      return instanceName(name, source.environment)
    },
    load: async (source) => {
      const hasSecrets = (await vault.apps()).length > 0
      return load(source, hasSecrets ? { secretsOf } : {})
    },
    readMounted,
  }
}

/** @throws MuelleError COMPOSE_FILE_MISSING, COMPOSE_INVALID or DOCKER_UNAVAILABLE */
async function load(source: ComposeSource, known: KnownSecrets): Promise<LoadedCompose> {
  const paths = findFiles(source)
  const directory = directoryOf(source)
  if (source.environment === production)
    return { ...(await readCompose(paths, { directory, ...known })), directory }
  const { readEnvironmentFiles } = await import('./read-environment.ts')
  return { ...(await readEnvironmentFiles({ ...source, directory }, paths, known)), directory }
}

function directoryOf(source: ComposeSource): string {
  return resolve(source.files.length > 0 ? dirname(source.files[0] ?? '.') : source.directory)
}

function findFiles({ directory, files }: ComposeSource): string[] {
  const absent = files.find((path) => !existsSync(path))
  if (absent !== undefined) throw missing(absent)
  if (files.length > 0) return files.map((path) => resolve(path))
  const usual = composeFileNames.map((name) => join(directory, name)).find((path) => existsSync(path))
  if (usual === undefined) throw missing(join(directory, 'compose.yaml'))
  return [resolve(usual)]
}

function missing(path: string): MuelleError {
  return new MuelleError('COMPOSE_FILE_MISSING', `There is no Compose file ${path}.`, {
    hint: 'Name the folder or the file:  muelle up path/to/project   or  muelle up -f docker-compose.prod.yml   There is none yet?  muelle init',
  })
}

async function readMounted(path: string): Promise<string> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => undefined)
  const files = entries?.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const texts = (files ?? [path]).map((file) => readFile(file, 'utf8').catch(() => ''))
  return (await Promise.all(texts)).join('\n')
}
