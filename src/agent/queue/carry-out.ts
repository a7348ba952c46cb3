import type { Control } from '../../deploy/run.ts'
import { recoverApp, type Services } from '../../deploy/with-app.ts'
import { asMuelleError, reportError } from '../../errors/muelle-error.ts'
import { thisProcess } from '../../processes.ts'
import type { Claim, Job } from '../../store/jobs.ts'
import { retryAfterMs } from './retry.ts'
import { decisiveKind } from './settle.ts'

/** Milliseconds between two looks at an app that somebody else changes, and how long that may take. */
const pauseMs = 1000
const patienceMs = 2 * 3_600_000

/**
 * Does in this process what a job of the agent asks for, and keeps how that ended. Does nothing when the job has gone
 * to another process meanwhile, or when an earlier one has brought it to its end.
 * @throws what the work throws
 */
export async function carryOutJob<T>(
  claim: Claim,
  { services, control, work }: { services: Services; control: Control; work: () => Promise<T> },
): Promise<T | undefined> {
  const { store } = services
  if (!store.claimJob(claim, thisProcess)) return undefined
  const job = store.job(claim.id)
  if (job === undefined) return undefined
  try {
    if (await wasDone(job, services, control)) {
      store.endJob(claim, 'succeeded')
      return undefined
    }
    const result = await waitingForOthers(work, services, control)
    store.endJob(claim, 'succeeded')
    return result
  } catch (thrown) {
    const report = reportError(thrown)
    const pauseMs = retryAfterMs(job, report.code)
    // Whoever stops the machine does not want the job gone.
    if (control.signal.aborted) store.returnJob(claim)
    else if (pauseMs !== undefined) store.delayJob(claim, new Date(Date.now() + pauseMs), report)
    else store.endJob(claim, 'failed', report)
    throw thrown
  }
}

/** What an earlier process left half-way is brought to an end first, and that end may be the one that was wanted. */
async function wasDone(job: Job, services: Services, control: Control): Promise<boolean> {
  const { app, kind, attempt } = job
  const decisive = decisiveKind[kind]
  if (attempt === 1 || decisive === undefined) return false
  await waitingForOthers(() => recoverApp(app, services, control), services, control)
  return services.store.outcomesOf(job, decisive).includes('succeeded')
}

/** Someone may be changing the app by hand: their turn ends, and then it is ours. */
async function waitingForOthers<T>(
  work: () => Promise<T>,
  { clock }: Services,
  { signal }: Control,
): Promise<T> {
  const until = clock.now() + patienceMs
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (asMuelleError(error).code !== 'LOCKED' || clock.now() > until) throw error
    }
    await clock.sleep(pauseMs, signal)
    signal.throwIfAborted()
  }
}
