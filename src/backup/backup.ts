import type { App } from '../app/app.ts'
import { observe } from '../deploy/observe.ts'
import { type Control, type FinishedStep, runDeployment } from '../deploy/run.ts'
import type { Step } from '../deploy/step.ts'
import { contextOf, readLiveModel, type Services, withApp } from '../deploy/with-app.ts'
import { asMuelleError } from '../errors/muelle-error.ts'
import type { BackupRecord } from '../store/backups.ts'
import type { DeploymentKind } from '../store/deployments.ts'
import { backupSettings, type Contents, contentsOf } from './contents.ts'
import { historyRole, recordedServices } from './history/layout.ts'
import { planBackup, planCheck, planDrill } from './plan.ts'
import { readRepository } from './read-repository.ts'
import { unknownPoint } from './repository.ts'
import { stamp } from './stamp.ts'
import { refuseUnsupported, tellWhatIsMissing } from './tell.ts'

/**
 * Makes a restore point of an app and proves it: databases, then files, in the repository as one snapshot or not at all,
 * restored beside everything and compared. Then forgets what need not be kept.
 * @throws MuelleError BACKUP_UNSUPPORTED, BACKUP_FAILED, BACKUP_UNPROVEN, REPOSITORY_UNUSABLE or LOCKED
 */
export async function createBackup(
  name: string,
  services: Services,
  control: Control,
): Promise<BackupRecord & { contents: Contents }> {
  return withApp(name, { services, control }, async () => {
    const app = await readLiveModel(name, services)
    const contents = contentsOf(app)
    refuseUnsupported(app, contents)
    const note = (message: string): void => control.emit({ type: 'note', message })
    await tellWhatIsMissing(app, contents, { ...services, note })
    // A repository that nobody can open is told before hours of dumping.
    await readRepository(app, services, { ...control, forgets: true, makes: true })
    const point = stamp(new Date())
    await make(app, point, services, control)
    await prove(app, point, services, control)
    return { ...recordOf(name, point, services), contents }
  })
}

/**
 * Restores a restore point into scratch servers and compares. Unless told which, it reads every byte of the repository
 * first, and takes the newest.
 */
export async function drill(
  target: { name: string; point: string | undefined },
  services: Services,
  control: Control,
): Promise<BackupRecord> {
  const { name } = target
  return withApp(name, { services, control }, async () => {
    const app = await readLiveModel(name, services)
    if (target.point === undefined) await check(app, services, control)
    await readRepository(app, services, { ...control, forgets: true })
    const all = services.store
      .backups(name)
      .filter(({ sizeBytes, state }) => sizeBytes !== null && state !== 'running')
    const point = target.point ?? all[0]?.point
    if (point === undefined || !all.some((backup) => backup.point === point)) throw unknownPoint(name, point)
    await prove(app, point, services, control)
    return recordOf(name, point, services)
  })
}

/**
 * Reads every byte of an app's repository. Which restore points cannot be read any more is on record afterwards, and those
 * that can be again are proven again.
 * @returns the proven ones. @throws MuelleError BACKUP_UNPROVEN, REPOSITORY_UNUSABLE, BACKUP_KEY_WRONG or LOCKED
 */
export async function checkBackups(
  name: string,
  services: Services,
  control: Control,
): Promise<BackupRecord[]> {
  return withApp(name, { services, control }, async () => {
    const app = await readLiveModel(name, services)
    await check(app, services, control)
    await readRepository(app, services, { ...control, forgets: true })
    return services.store.backups(name).filter(({ state }) => state === 'proven')
  })
}

async function check(app: App, services: Services, control: Control): Promise<void> {
  const steps = planCheck(services.repositories.image)
  await carry({ app, kind: 'drill', title: 'check of the repository', steps }, services, control)
}

async function make(app: App, point: string, services: Services, control: Control): Promise<void> {
  const { image } = services.repositories
  const steps = planBackup(point, { image, hasHistory: await hasHistory(app, services) })
  try {
    await carry({ app, kind: 'backup', title: `restore point ${point}`, steps }, services, control)
  } catch (error) {
    services.store.changeBackup(app.name, point, { state: 'failed', reason: asMuelleError(error).message })
    throw error
  }
}

/** One that is no longer wanted is ended. */
async function hasHistory(app: App, { engine }: Services): Promise<boolean> {
  if (recordedServices(app).length === 0) return false
  if (backupSettings(app).point_in_time !== undefined) return true
  return (await engine.containers({ app: app.name, role: historyRole })).length > 0
}

async function prove(app: App, point: string, services: Services, control: Control): Promise<void> {
  const steps: Step[] = [
    ...planDrill(point, services.repositories.image),
    { kind: 'forget', keep: backupSettings(app).keep },
  ]
  await carry({ app, kind: 'drill', title: `drill of ${point}`, steps }, services, control)
}

interface DataRun {
  app: App
  kind: DeploymentKind
  title: string
  steps: readonly Step[]
}

/** With the journal, the undoing and the recovery of a deployment. */
export async function carry(run: DataRun, services: Services, control: Control): Promise<FinishedStep[]> {
  const { app, ...deployment } = run
  const { live } = await observe(app, services)
  return runDeployment(
    { ...deployment, from: live, to: live, runner: services.runner },
    contextOf(app, services, { control, replace: [] }),
    control,
  )
}

function recordOf(name: string, point: string, { store }: Services): BackupRecord {
  const found = store.backups(name).find((backup) => backup.point === point)
  if (found === undefined) throw new Error(`restore point ${point} is not on record`)
  return found
}
