import { nextRelease } from '../deploy/deploy.ts'
import { readLiveModel } from '../deploy/live-model.ts'
import { observe } from '../deploy/observe.ts'
import type { Target } from '../deploy/plan.ts'
import type { Control } from '../deploy/run.ts'
import { type Services, withApp } from '../deploy/with-app.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { carry } from './backup.ts'
import { planRehearsal } from './plan.ts'
import { readRepository } from './read-repository.ts'
import type { Rehearsed } from './rehearsal.ts'
import { unknownPoint } from './repository.ts'

/**
 * Runs the release commands of what would be deployed next on a copy of the data, restored from a restore point: the
 * newest proven one unless told. Nothing of the app is touched.
 * @throws MuelleError BACKUP_UNKNOWN, REHEARSAL_FAILED, or whatever stops a build or a drill
 */
export async function rehearse(
  target: Pick<Target, 'app' | 'images'> & { point: string | undefined },
  services: Services,
  control: Control,
): Promise<Rehearsed> {
  const { app, images } = target
  const { repositories, store } = services
  refuseWithoutCommands(target)
  return withApp(app.name, { services, control }, async () => {
    const live = await readLiveModel(app.name, services)
    await readRepository(app, services, { ...control, forgets: true })
    const point = choosePoint(target, services)
    const release = nextRelease(app.name, await observe(live, services), services)
    const steps = planRehearsal(app, { release, point, images: [...images, repositories.image] })
    await carry({ app, kind: 'rehearsal', title: `rehearsal on ${point}`, steps }, services, control)
    return JSON.parse(store.rehearsal(app.name, release) ?? '') as Rehearsed
  })
}

function choosePoint({ app, point }: Parameters<typeof rehearse>[0], { store }: Services): string {
  const all = store.backups(app.name).filter(({ sizeBytes }) => sizeBytes !== null)
  const found = all.find((backup) =>
    point === undefined ? backup.state === 'proven' : backup.point === point,
  )
  if (found === undefined) throw unknownPoint(app.name, point)
  return found.point
}

function refuseWithoutCommands({ app }: Pick<Target, 'app'>): void {
  if (app.settings.release.length > 0) return
  throw new MuelleError('USAGE', `${app.name} has no release commands, so there is nothing to rehearse.`, {
    hint: 'Name them in the Compose file:  x-muelle: {release: [python manage.py migrate --noinput]}',
  })
}
