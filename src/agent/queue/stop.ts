import { MuelleError, reportError } from '../../errors/muelle-error.ts'
import { isAlive } from '../../processes.ts'
import type { Job } from '../../store/jobs.ts'
import type { Store } from '../../store/store.ts'

/**
 * Lets a job end early: its process takes back what it has started. One that has ended stays as it is.
 * @throws MuelleError REQUEST_UNKNOWN
 */
export function stopJob(id: number, by: string, store: Pick<Store, 'job' | 'askToStop'>): Job {
  const job = knownJob(id, store)
  if (job.endedAt !== null || job.stopAskedBy !== null) return job
  const why = new MuelleError('INTERRUPTED', `Job ${id} (${job.kind}): ${by} has stopped it before it began.`)
  store.askToStop(id, by, reportError(why))
  const asked = knownJob(id, store)
  // A process that has not said yet that it has the job looks whether somebody stopped it.
  if (asked.endedAt === null && asked.runner !== '' && isAlive(asked.runner))
    process.kill(Number(asked.runner.split(':')[0]), 'SIGTERM')
  return asked
}

/** @throws MuelleError REQUEST_UNKNOWN */
export function knownJob(id: number, store: Pick<Store, 'job'>): Job {
  const job = store.job(id)
  if (job !== undefined) return job
  throw new MuelleError('REQUEST_UNKNOWN', `There is no job ${id}.`, {
    hint: 'See which there are:  muelle agent jobs   or:  GET /v1/jobs',
  })
}
