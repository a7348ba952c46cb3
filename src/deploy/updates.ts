import type { ErrorCode } from '../errors/catalogue.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import type { Emit } from '../events/events.ts'
import type { Store } from '../store/store.ts'

/**
 * Failures that lie in the release, once its code met the app's data or a probe. Whoever deploys the same commit again
 * gets them again. A build or a test that fails is left out: nothing was touched, and the next commit may mend it.
 */
const faults: ReadonlySet<ErrorCode> = new Set([
  'RELEASE_COMMAND_FAILED',
  'START_FAILED',
  'NOT_READY',
  'UNHEALTHY',
  'RELEASE_FAULTY',
])

/** Whether a release that failed so is taken back, and updates pause. */
export function isTakenBack(code: ErrorCode): boolean {
  return faults.has(code)
}

/** Wherever somebody learns that updates are paused. */
export function howToResume(app: string): string {
  return `Let them go on:  muelle updates resume ${app}`
}

/** Keeps out deployments that nobody watches, as long as a person has not looked. @throws MuelleError UPDATES_PAUSED */
export function refuseWhilePaused(app: string, store: Pick<Store, 'updatesPause'>): void {
  const pause = store.updatesPause(app)
  if (pause === undefined) return
  throw new MuelleError(
    'UPDATES_PAUSED',
    `Updates of ${app} are paused since ${pause.since}: ${pause.reason}`,
    {
      hint: `${howToResume(app)}   or deploy by hand, without --unattended.`,
    },
  )
}

/**
 * Pauses updates at the moment in which a release fails, so before it is taken back: a Muelle that dies meanwhile has
 * remembered it. Once a release is live, what the folder holds is good again, so a pause that came by itself ends.
 */
export function watchForPause(emit: Emit, target: { app: string; release: number; store: Store }): Emit {
  const { app, release, store } = target
  return (event) => {
    if (event.type === 'step-failed' && faults.has(event.error.code)) {
      store.pauseUpdates(app, {
        reason: `release ${release} was taken back: ${event.error.message}`,
        byHand: false,
      })
    }
    if (event.type === 'live') store.resumeUpdates(app, { unlessByHand: true })
    emit(event)
  }
}
