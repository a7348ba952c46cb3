import type { App } from '../app/app.ts'
import { stamp } from '../backup/stamp.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import type { BackupRecord } from '../store/backups.ts'
import type { ReleaseRecord } from '../store/releases.ts'
import type { Store } from '../store/store.ts'
import { readLiveModel } from './live-model.ts'
import { observe } from './observe.ts'
import type { Observed } from './observed.ts'
import { planRollback, planRollbackWithData } from './plan.ts'
import { liveRelease } from './promised.ts'
import type { Control } from './run.ts'
import { carryOut, type DeploymentResult, type Services, withApp } from './with-app.ts'

export interface RollbackTarget {
  name: string
  /** Without, the release before the live one. */
  to: number | undefined
  /** This restore point is put in place with it. */
  point?: string | undefined
}

/**
 * Returns to a kept release.
 * @throws MuelleError RELEASE_UNKNOWN
 */
export async function rollBack(
  target: RollbackTarget,
  services: Services,
  control: Control,
): Promise<DeploymentResult> {
  const { store } = services
  return withApp(target.name, { services, control }, async () => {
    const { app, release, current, observed } = await findTarget(target, services)
    const { point } = target
    const steps =
      point === undefined
        ? planRollback(app, release, observed)
        : planRollbackWithData(app, release, observed, {
            point,
            at: stamp(new Date()),
            image: services.repositories.image,
            live: await liveRelease(current, services),
          })
    store.pauseUpdates(app.name, { reason: `rollback to release ${release}`, byHand: false })
    return carryOut({ app, kind: 'rollback', release, steps, observed, replace: [] }, services, control)
  })
}

/**
 * The restore point that goes with a release: made before the release commands of the first one that took over from it.
 * @throws MuelleError RELEASE_UNKNOWN, or BACKUP_UNKNOWN when there is none
 */
export async function dataOfRelease(
  target: Pick<RollbackTarget, 'name' | 'to'>,
  services: Services,
): Promise<{ release: number; backup: BackupRecord }> {
  const { store } = services
  const { release } = await findTarget(target, services)
  const point = firstAfter(release, store.releases(target.name))?.restorePoint
  const backup = store.backups(target.name).find((each) => each.point === point && each.state === 'proven')
  if (backup !== undefined) return { release, backup }
  throw new MuelleError(
    'BACKUP_UNKNOWN',
    `No proven restore point was made between release ${release} and the one after it.`,
    {
      hint: `See which there are:  muelle backup ls --app ${target.name}   and go back without:  muelle rollback`,
    },
  )
}

/**
 * The first release after another that changed the data and served. Of one that failed the point is too old: visitors
 * went on writing through the release before.
 * @param releases newest first
 */
export function firstAfter(
  release: number,
  releases: readonly Pick<ReleaseRecord, 'number' | 'state' | 'touchedData' | 'restorePoint'>[],
) {
  return releases.findLast(
    ({ number, state, touchedData }) => number > release && touchedData && state !== 'failed',
  )
}

async function findTarget(
  { name, to }: Pick<RollbackTarget, 'name' | 'to'>,
  services: Services,
): Promise<{ app: App; release: number; current: App; observed: Observed }> {
  const { files, store } = services
  const current = await readLiveModel(name, services)
  const observed = await observe(current, services)
  const release = to ?? releaseBefore(name, observed, store)
  if (release === undefined) throw noneBefore(name, observed)
  const app = await files.readModel(name, release)
  if (app === undefined || !observed.kept.includes(release)) {
    throw new MuelleError('RELEASE_UNKNOWN', `Release ${release} of ${name} is not kept.`, {
      hint: seeReleases(name),
    })
  }
  if (release === observed.live) {
    throw new MuelleError('RELEASE_UNKNOWN', `Release ${release} is the live one already.`, {
      hint: `See the others:  muelle releases --app ${name}`,
    })
  }
  return { app, release, current, observed }
}

/** A rollback that is made twice does not go forth again, unless it is told to. */
export function noneBefore(name: string, { kept, live }: Pick<Observed, 'kept' | 'live'>): MuelleError {
  const newer = kept.find((number) => live !== undefined && number > live)
  return new MuelleError('RELEASE_UNKNOWN', `${name} has no release before the live one.`, {
    hint:
      newer === undefined
        ? seeReleases(name)
        : `Release ${newer} is kept, which is newer. Go to it:  muelle rollback ${newer} --app ${name}`,
  })
}

function seeReleases(name: string): string {
  return `See which are:  muelle releases --app ${name}`
}

/**
 * The release that served before the live one was deployed, not the one with the number before: that may have
 * been left by a rollback itself.
 */
function releaseBefore(name: string, { live, kept }: Observed, store: Store): number | undefined {
  if (live === undefined) return kept[0]
  const before = store.predecessor(name, live)
  if (before !== undefined && kept.includes(before)) return before
  return kept.find((number) => number < live)
}
