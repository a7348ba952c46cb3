import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { ComposeBuild } from '../../app/compose.ts'
import { production } from '../../app/environment.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { ComposeLoader, ComposeSource, LoadedCompose } from '../port.ts'
import { readCompose } from './read-compose.ts'

/** In the order in which Compose looks for them, then the names that production files usually have. */
const usualNames = [
  'compose.yaml',
  'compose.yml',
  'docker-compose.yml',
  'docker-compose.yaml',
  'docker-compose.prod.yml',
  'docker-compose.production.yml',
]

/** @throws MuelleError COMPOSE_FILE_MISSING, COMPOSE_INVALID or DOCKER_UNAVAILABLE */
async function load(source: ComposeSource): Promise<LoadedCompose> {
  const paths = findFiles(source)
  const directory = resolve(source.files.length > 0 ? dirname(paths[0] ?? '.') : source.directory)
  const loaded =
    source.environment === production
      ? await readCompose(paths, { directory })
      : await (await import('./read-environment.ts')).readEnvironmentFiles({ ...source, directory }, paths)
  return { ...loaded, directory }
}

function findFiles({ directory, files }: ComposeSource): string[] {
  const absent = files.find((path) => !existsSync(path))
  if (absent !== undefined) throw missing(absent)
  if (files.length > 0) return files.map((path) => resolve(path))
  const usual = usualNames.map((name) => join(directory, name)).find((path) => existsSync(path))
  if (usual === undefined) throw missing(join(directory, 'compose.yaml'))
  return [resolve(usual)]
}

function missing(path: string): MuelleError {
  return new MuelleError('COMPOSE_FILE_MISSING', `There is no Compose file ${path}.`, {
    hint: 'Name the folder or the file:  muelle up path/to/project   or  muelle up -f docker-compose.prod.yml',
  })
}

async function readDockerfile(build: ComposeBuild): Promise<string | undefined> {
  if (build.dockerfile_inline !== undefined) return build.dockerfile_inline
  const path = resolve(build.context ?? '.', build.dockerfile ?? 'Dockerfile')
  return readFile(path, 'utf8').catch(() => undefined)
}

async function readMounted(path: string): Promise<string> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => undefined)
  const files = entries?.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const texts = (files ?? [path]).map((file) => readFile(file, 'utf8').catch(() => ''))
  return (await Promise.all(texts)).join('\n')
}

/** Loads with `docker compose config`. */
export const composeLoader: ComposeLoader = { load, readDockerfile, readMounted }
