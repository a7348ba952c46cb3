import type { DeploymentKind, Outcome } from '../../store/deployments.ts'
import type { Job, JobKind } from '../../store/jobs.ts'

/** A job that brings down the process that has it as often as this would do so again. */
const mostAttempts = 5

/** The deployment whose end is the end of a job; none where doing it once more does no harm, or never may be tried. */
export const decisiveKind: Readonly<Record<JobKind, DeploymentKind | undefined>> = {
  update: 'up',
  deploy: 'up',
  rollback: 'rollback',
  backup: 'drill',
  drill: 'drill',
  certificates: undefined,
  run: undefined,
  up: 'up',
  promote: 'promote',
  restart: 'restart',
  scale: 'scale',
  restore: 'restore',
  rehearse: undefined,
}

export type Verdict = 'wait' | 'again' | { end: 'succeeded' | 'failed'; why?: string }

export interface Seen {
  /** The process that was started for it, or that says that it has it, still runs. */
  isAlive: boolean
  /** How its decisive deployments ended, oldest first. */
  outcomes: readonly Outcome[]
}

/**
 * Pure: what becomes of a job that some process was given. A process that died has not told how it ended, but what it
 * deployed is on record, so nothing is lost and nothing is deployed twice.
 */
export function settle(job: Pick<Job, 'kind' | 'state' | 'attempt'>, { isAlive, outcomes }: Seen): Verdict {
  if (isAlive) return 'wait'
  if (outcomes.includes('succeeded')) return { end: 'succeeded' }
  if (outcomes.at(-1) === 'failed') return { end: 'failed', why: 'Its deployment failed.' }
  // What an app does in a job of its own may not bear to be done twice.
  if (job.kind === 'run' && job.state === 'running')
    return { end: 'failed', why: 'The process that ran it ended half-way; it may have done a part.' }
  if (job.attempt >= mostAttempts)
    return { end: 'failed', why: `The process that ran it ended ${job.attempt} times without a result.` }
  return 'again'
}
