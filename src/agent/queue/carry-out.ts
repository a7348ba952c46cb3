import type { Control } from '../../deploy/run.ts'
import { recoverApp, type Services } from '../../deploy/with-app.ts'
import { asMuelleError, MuelleError, reportError } from '../../errors/muelle-error.ts'
import { thisProcess } from '../../processes.ts'
import type { Claim, Job } from '../../store/jobs.ts'
import type { Store } from '../../store/store.ts'
import { retryAfterMs } from './retry.ts'
import { decisiveKind } from './settle.ts'
import type { Ending, Transcript } from './transcript.ts'

/** Milliseconds between two looks at an app that somebody else changes, and how long that may take. */
const pauseMs = 1000
const patienceMs = 2 * 3_600_000

/** Milliseconds between two looks at a job that comes first. */
const turnMs = 200

interface Ports {
  services: Services
  control: Control
  transcript: Transcript
}

/**
 * Does in this process what a job of the agent asks for, and keeps how that ended. Does nothing when the job has gone
 * to another process meanwhile, or when an earlier one has brought it to its end.
 * @throws what the work throws
 */
export async function carryOutJob<T extends Ending>(
  claim: Claim,
  ports: Ports & { work: () => Promise<T> },
): Promise<T | undefined> {
  const { services, control, transcript, work } = ports
  const { store } = services
  if (!store.claimJob(claim, thisProcess)) return undefined
  const job = store.job(claim.id)
  if (job === undefined) return undefined
  try {
    if (await wasDone(job, services, control)) {
      transcript.result({ data: null, text: `Job ${job.id} was done before its process ended.` })
      store.endJob(claim, 'succeeded')
      return undefined
    }
    await takeTurn(job, services, control)
    const result = await waitingForOthers(work, services, control)
    transcript.result(result)
    store.endJob(claim, 'succeeded')
    return result
  } catch (thrown) {
    const now = store.job(claim.id) ?? job
    const error = control.signal.aborted && !(thrown instanceof MuelleError) ? ended(now) : thrown
    settleFailure(error, now, { ...ports, claim })
    throw error
  }
}

function settleFailure(
  error: unknown,
  job: Job,
  { services, control, transcript, claim }: Ports & { claim: Claim },
): void {
  const { store } = services
  const report = reportError(error)
  const pauseMs = goesAgain(job) ? retryAfterMs(job, report.code) : undefined
  // Whoever stops the machine does not want the job gone.
  if (control.signal.aborted && goesAgain(job)) store.returnJob(claim)
  else if (pauseMs !== undefined) store.delayJob(claim, new Date(Date.now() + pauseMs), report)
  else {
    transcript.failure(error)
    store.endJob(claim, 'failed', report)
  }
}

/** What a person began at a terminal is his to begin again, and what somebody stopped is not begun again. */
function goesAgain({ stopAskedBy, cause }: Job): boolean {
  return stopAskedBy === null && cause !== 'command'
}

/**
 * What an earlier process left half-way is brought to an end first, and that end may be the one that was wanted.
 * @throws MuelleError INTERRUPTED when it is not, and the job is none that goes again
 */
async function wasDone(job: Job, services: Services, control: Control): Promise<boolean> {
  const { app, kind, attempt } = job
  const decisive = decisiveKind[kind]
  const isLeft = attempt > 1
  if (isLeft && (decisive !== undefined || !goesAgain(job)))
    await waitingForOthers(() => recoverApp(app, services, control), services, control)
  if (isLeft && decisive !== undefined && services.store.outcomesOf(job, decisive).includes('succeeded'))
    return true
  if ((isLeft && !goesAgain(job)) || job.stopAskedBy !== null) throw ended(job)
  return false
}

function ended({ id, kind, stopAskedBy }: Job): MuelleError {
  const why = stopAskedBy === null ? 'its process ended half-way' : `${stopAskedBy} has stopped it`
  return new MuelleError('INTERRUPTED', `Job ${id} (${kind}): ${why}; what was started was taken back.`, {
    hint: 'Run the same command again.',
  })
}

/** Jobs of one app take turns; this one may have its process already. */
async function takeTurn({ id }: Job, { store, clock }: Services, { emit, signal }: Control): Promise<void> {
  const ahead = (): Job | undefined => store.jobAhead(id)
  const first = ahead()
  if (first === undefined) return
  emit({ type: 'note', message: `Job ${id} waits for ${describeJob(first)}.` })
  while (ahead() !== undefined) {
    signal.throwIfAborted()
    refuseStopped(id, store)
    await clock.sleep(turnMs, signal)
  }
}

function refuseStopped(id: number, store: Store): void {
  const job = store.job(id)
  if (job !== undefined && job.stopAskedBy !== null) throw ended(job)
}

function describeJob({ id, kind, app, askedBy }: Job): string {
  return `job ${id} (${kind} of ${app}, asked for by ${askedBy})`
}

/** Someone may be changing the app by hand: their turn ends, and then it is ours. */
async function waitingForOthers<T>(
  work: () => Promise<T>,
  { clock }: Services,
  { signal, emit }: Control,
): Promise<T> {
  const until = clock.now() + patienceMs
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const { code, message } = asMuelleError(error)
      if (code !== 'LOCKED' || clock.now() > until) throw error
      emit({ type: 'note', message: `Waiting: ${message}` })
    }
    await clock.sleep(pauseMs, signal)
    signal.throwIfAborted()
  }
}
