import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Control } from '../deploy/run.ts'
import type { Services } from '../deploy/with-app.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { ensureImage } from '../release/images.ts'
import type { Secret } from '../secrets/secret.ts'
import { createVault } from '../secrets/vault.ts'
import { describeEntry } from './entries.ts'
import { putKey } from './key.ts'
import { unknownPoint } from './repository.ts'
import { inside, type Snapshot } from './restic.ts'

export interface FetchTarget {
  /** Needed when the repository has several apps. */
  app: string | undefined
  location: string
  keyFile: string
  /** Where the project goes; a folder of the app's name in it. */
  directory: string
}

export interface Fetched {
  app: string
  point: string
  directory: string
  secrets: readonly string[]
}

/**
 * Takes an app's project and secrets, and the key, from a repository into an installation that knows nothing of it.
 * @throws MuelleError BACKUP_UNKNOWN, BACKUP_KEY_WRONG, REPOSITORY_UNUSABLE or USAGE
 */
export async function fetchProject(
  target: FetchTarget,
  services: Services,
  control: Control,
): Promise<Fetched> {
  const { repositories } = services
  const note = (message: string): void => control.emit({ type: 'note', message })
  await ensureImage(repositories.image, services, { ...control, note })
  const { app, point } = await choose(target, services)
  const directory = join(target.directory, app)
  await refuseFull(directory)
  const repository = await repositories.openWith(app, target)
  await mkdir(directory, { recursive: true })
  note(`Writing the project of ${app} into ${directory}`)
  const { signal } = control
  const without = await repository.inspect(point, { signal })
  for (const entry of without) note(`Left out: ${describeEntry(entry)}`)
  await repository.restore(point, inside.project, { signal, to: directory, without })
  await takeKey(target.keyFile, repositories.keyFile)
  const secrets = await takeSecrets({ app, state: `${repositories.keyFile}.fetched` }, services, {
    restore: (to) => repository.restore(point, inside.root, { signal, to, part: '/state' }),
  })
  return { app, point, directory, secrets }
}

/** The newest proven one. */
async function choose(target: FetchTarget, { repositories }: Services): Promise<Snapshot> {
  const repository = await repositories.openWith(target.app ?? '', target)
  const proven = (await repository.snapshots(target.app)).filter(({ isProven }) => isProven)
  const apps = [...new Set(proven.map(({ app }) => app))]
  const [found] = proven
  if (found === undefined) throw unknownPoint(target.app ?? 'The repository', undefined)
  if (apps.length === 1) return found
  throw new MuelleError('USAGE', `The repository has several apps: ${apps.join(', ')}.`, {
    hint: `Name one:  muelle backup fetch --app ${apps[0]} …`,
  })
}

async function refuseFull(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => [])
  if (names.length === 0) return
  throw new MuelleError('USAGE', `${directory} is there already and is not empty.`, {
    hint: 'Name another place for it:  muelle backup fetch -C FOLDER …',
  })
}

/** Backups of this installation go on with the same key, unless it has one of its own. */
async function takeKey(from: string, to: string): Promise<void> {
  await putKey(to, (await readFile(from, 'utf8')).trim())
}

async function takeSecrets(
  { app, state }: { app: string; state: string },
  { secrets: vault }: Services,
  repository: { restore(to: string): Promise<void> },
): Promise<string[]> {
  await mkdir(state, { recursive: true, mode: 0o700 })
  try {
    await repository.restore(state)
    const stored = await createVault(join(state, 'state')).read(app)
    const values = new Map<string, Secret>([...stored].map(([name, { value }]) => [name, value]))
    if (values.size > 0) await vault.set(app, values)
    return [...values.keys()]
  } finally {
    await rm(state, { recursive: true, force: true })
  }
}
