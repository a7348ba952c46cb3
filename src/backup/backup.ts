import type { App } from '../app/app.ts'
import { observe } from '../deploy/observe.ts'
import { type Control, type FinishedStep, runDeployment } from '../deploy/run.ts'
import type { Step } from '../deploy/step.ts'
import { contextOf, readLiveModel, type Services, withApp } from '../deploy/with-app.ts'
import { asMuelleError, MuelleError } from '../errors/muelle-error.ts'
import type { BackupRecord } from '../store/backups.ts'
import type { DeploymentKind } from '../store/deployments.ts'
import { backupSettings, type Contents, contentsOf } from './contents.ts'
import { recordedServices } from './history/base.ts'
import { historyRole } from './history/layout.ts'
import { haveKey } from './key.ts'
import { planBackup, planDrill } from './plan.ts'
import { readRepository } from './record.ts'
import { unknownPoint } from './repository.ts'
import { stamp } from './stamp.ts'

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
    await tell(app, contents, services, control)
    // A repository that nobody can open is told before hours of dumping.
    await readRepository(app, services, { ...control, forgets: true })
    const point = stamp(new Date())
    await make(app, point, services, control)
    await prove(app, point, services, control)
    return { ...recordOf(name, point, services), contents }
  })
}

/** Restores a restore point into scratch servers and compares; the newest one unless told. */
export async function drill(
  target: { name: string; point: string | undefined },
  services: Services,
  control: Control,
): Promise<BackupRecord> {
  const { name } = target
  return withApp(name, { services, control }, async () => {
    const app = await readLiveModel(name, services)
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

async function make(app: App, point: string, services: Services, control: Control): Promise<void> {
  const { clock, repositories, store } = services
  const began = clock.now()
  store.beginBackup(app.name, point, new Date().toISOString())
  try {
    await carry(
      {
        app,
        kind: 'backup',
        title: `restore point ${point}`,
        steps: planBackup(point, { image: repositories.image, hasHistory: await hasHistory(app, services) }),
      },
      services,
      control,
    )
  } catch (error) {
    store.changeBackup(app.name, point, {
      state: 'failed',
      sizeBytes: null,
      reason: asMuelleError(error).message,
    })
    throw error
  }
  store.changeBackup(app.name, point, { durationMs: Math.round(clock.now() - began) })
}

/** One that is no longer wanted is ended. */
async function hasHistory(app: App, { engine }: Services): Promise<boolean> {
  if (recordedServices(app).length === 0) return false
  if (backupSettings(app).point_in_time !== undefined) return true
  return (await engine.containers({ app: app.name, role: historyRole })).length > 0
}

async function prove(app: App, point: string, services: Services, control: Control): Promise<void> {
  const { repositories, store } = services
  const steps: Step[] = [
    ...planDrill(point, repositories.image),
    { kind: 'forget', keep: backupSettings(app).keep },
  ]
  try {
    await carry({ app, kind: 'drill', title: `drill of ${point}`, steps }, services, control)
  } catch (thrown) {
    const error = asMuelleError(thrown)
    const reason = error.message
    // Other failures say nothing about the restore point, and leave it as it was.
    const failed = error.code === 'BACKUP_UNPROVEN'
    store.changeBackup(app.name, point, failed ? { state: 'failed', reason } : { reason })
    if (failed) await disprove(app, point, services).catch(() => undefined)
    throw error
  }
}

/** Whoever knows the repository alone would take it for proven. */
async function disprove(app: App, point: string, { repositories }: Services): Promise<void> {
  const repository = await repositories.open(app.name, backupSettings(app))
  await repository.markProven(point, false)
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

function refuseUnsupported({ name }: App, { unsupported }: Contents): void {
  const [first] = unsupported
  if (first === undefined) return
  throw new MuelleError(
    'BACKUP_UNSUPPORTED',
    `${name} cannot be backed up whole: ${first.service} is a ${first.kind}, which is not supported yet.`,
    { hint: 'Back it up with its own tools meanwhile. What is supported:  docs/guides/backups.md' },
  )
}

/** What somebody should know who relies on this. */
async function tell(app: App, contents: Contents, services: Services, { emit }: Control): Promise<void> {
  const note = (message: string): void => emit({ type: 'note', message })
  const { databases, without, rebuilt } = contents
  for (const { service, kind } of without)
    note(`What ${service} (${kind}) holds is not in the restore point: that is not supported yet.`)
  if (rebuilt.length > 0) note(`Left out, because it can be made again: ${rebuilt.join(', ')}`)
  if (databases.length === 0) note('The file has no database; one outside is not in the restore point.')
  const { isNew } = await haveKey(services.repositories.keyFile)
  if (isNew)
    note(
      'A key was made, without which no backup can be read. Keep a copy somewhere else, now:  muelle backup key',
    )
  if (backupSettings(app).to === undefined)
    note(
      'The backup stays on this machine, and would be lost with it. Name another place:  x-muelle: {backups: {to: …}}',
    )
}
