import type { App } from '../app/app.ts'
import { liveRelease } from '../deploy/promised.ts'
import type { Control } from '../deploy/run.ts'
import { readLiveModel, type Services, withApp } from '../deploy/with-app.ts'
import { asMuelleError, MuelleError } from '../errors/muelle-error.ts'
import type { KeptDatabase } from '../store/backups.ts'
import { carry } from './backup.ts'
import { contentsOf } from './contents.ts'
import { databaseKinds } from './databases/all.ts'
import { planRestore, type Restore } from './plan.ts'
import { readRepository } from './read-repository.ts'
import { type Repositories, unknownPoint } from './repository.ts'
import { ownServer } from './server.ts'
import { stamp } from './stamp.ts'
import type { DatabasePart } from './step.ts'

export interface RestoreTarget {
  name: string
  /** The newest proven one, unless told. */
  point: string | undefined
  only: DatabasePart | 'media' | undefined
  /** A moment of the history instead of a restore point; of PostgreSQL only. */
  moment?: Date | undefined
  /** Another repository than the app's own. */
  from: { location: string; keyFile: string } | undefined
}

export interface Restored {
  app: string
  point: string
  /** Databases that served before. */
  kept: readonly KeptDatabase[]
}

/**
 * Puts a restore point in place of what is there. What fails or dies leaves either the old databases serving or the new.
 * @throws MuelleError USAGE, BACKUP_UNKNOWN, BACKUP_UNPROVEN, RESTORE_FAILED or LOCKED
 */
export async function restoreBackup(
  target: RestoreTarget,
  given: Services,
  control: Control,
): Promise<Restored> {
  const { name, only, from } = target
  const services = from === undefined ? given : withRepository(from, given)
  return withApp(name, { services, control }, async () => {
    const app = await readLiveModel(name, services)
    const hasDatabases = contentsOf(app).databases.length > 0
    if (only === 'db' && !hasDatabases) throw noDatabase(name)
    await readRepository(app, services, { ...control, forgets: from === undefined })
    const at = stamp(new Date())
    const moment = target.moment?.toISOString()
    const point = moment === undefined ? choose(app, target.point, services) : `moment-${at}`
    const before = new Set(services.store.keptDatabases(name).map((kept) => kept.name))
    const steps = planRestore({
      point,
      at,
      ...(moment === undefined ? {} : { moment }),
      image: services.repositories.image,
      ...partsOf(moment === undefined ? only : 'db', hasDatabases),
      live: await liveRelease(app, services),
    })
    const title = `restore of ${moment ?? point}`
    await carry({ app, kind: 'restore', title, steps }, services, control).catch((error: unknown) => {
      const { code, message: reason } = asMuelleError(error)
      // Whoever asks for none by name gets the one before.
      if (code === 'BACKUP_UNPROVEN' && from === undefined)
        services.store.changeBackup(name, point, { state: 'failed', reason })
      throw error
    })
    const kept = services.store.keptDatabases(name).filter((each) => !before.has(each.name))
    return { app: name, point: moment ?? point, kept }
  })
}

function partsOf(
  only: RestoreTarget['only'],
  hasDatabases: boolean,
): Pick<Restore, 'databases' | 'only' | 'media'> {
  if (only === undefined) return { databases: hasDatabases, media: true }
  return only === 'media'
    ? { databases: false, media: true }
    : { databases: hasDatabases, only, media: false }
}

function withRepository(at: { location: string; keyFile: string }, services: Services): Services {
  const { repositories } = services
  const open: Repositories['open'] = (app) => repositories.openWith(app, at)
  return { ...services, repositories: { ...repositories, open } }
}

/** One outside Docker is not in its restore points, and must not look restored. */
function noDatabase(name: string): MuelleError {
  return new MuelleError('USAGE', `${name} has no database in its Compose file, so none can be restored.`, {
    hint: `Its files:  muelle backup restore --only media --confirm ${name}`,
  })
}

/** One that nobody has proven is restored only by its name; whatever it is, it is compared before it serves. */
function choose(app: App, wanted: string | undefined, services: Services): string {
  const all = services.store.backups(app.name).filter(({ sizeBytes }) => sizeBytes !== null)
  const found = all.find(({ point, state }) => (wanted === undefined ? state === 'proven' : point === wanted))
  if (found === undefined) throw unknownPoint(app.name, wanted)
  return found.point
}

/** Removes the databases that restores have put aside. @returns them */
export async function confirmRestore(
  name: string,
  services: Services,
  control: Control,
): Promise<KeptDatabase[]> {
  return withApp(name, { services, control }, async () => {
    const { store } = services
    const app = await readLiveModel(name, services)
    const kinds = new Map(contentsOf(app).databases.map(({ service, kind }) => [service, kind]))
    const kept = store.keptDatabases(name)
    for (const { service, name: database } of kept) {
      const kind = kinds.get(service)
      if (kind === undefined) continue
      const server = await ownServer(service, undefined, { ...services, app, signal: control.signal })
      await databaseKinds[kind].drop(server, [database])
      store.forgetDatabase(name, service, database)
    }
    return kept
  })
}
