import type { ChildProcess } from 'node:child_process'
import { MuelleError, reportError } from '../../errors/muelle-error.ts'
import { isAlive } from '../../processes.ts'
import type { Claim, Job } from '../../store/jobs.ts'
import type { Store } from '../../store/store.ts'
import { argumentsOf } from './arguments.ts'
import { decisiveKind, settle, type Verdict } from './settle.ts'

export interface Dispatcher {
  /** Settles what has ended, and starts what may start, in a moment: once for all who ask meanwhile. Never throws. */
  wake(): void
}

/** Milliseconds. What comes in a burst is one update of the app. */
const pauseMs = 50

interface Ports {
  store: Store
  start: (argv: readonly string[], claim: Claim) => ChildProcess
  report: (error: unknown) => void
}

/**
 * Gives the jobs that wait to processes of their own, one at a time for each app. All that it knows for good is in the
 * database, so another one goes on where this one died.
 */
export function createDispatcher({ store, start, report }: Ports): Dispatcher {
  /** Those that this agent started, by job: until one says that it has the job, only its parent knows that it lives. */
  const children = new Map<number, ChildProcess>()

  const verdictOn = (job: Job): Verdict => {
    const kind = decisiveKind[job.kind]
    return settle(job, {
      isAlive: children.has(job.id) || (job.runner !== '' && isAlive(job.runner)),
      outcomes: kind === undefined ? [] : store.outcomesOf(job, kind),
    })
  }
  const apply = (job: Job, verdict: Verdict): void => {
    if (verdict === 'wait') return
    if (verdict === 'again') store.returnJob(job)
    else store.endJob(job, verdict.end, verdict.why === undefined ? undefined : ended(job, verdict.why))
  }
  const startAll = (): void => {
    for (const job of store.startable()) {
      const app = store.apps().find(({ name }) => name === job.app)
      const claim = store.giveJob(job.id)
      if (claim === undefined) continue
      if (app === undefined) {
        store.endJob(claim, 'failed', ended(job, `No app called ${job.app} is deployed here.`))
        continue
      }
      const child = start(argumentsOf(job, app), claim)
      children.set(job.id, child)
      const over = (): void => {
        children.delete(job.id)
        wake()
      }
      child.once('exit', over)
      child.once('error', (error) => {
        report(error)
        over()
      })
    }
  }

  const look = (): void => {
    try {
      for (const job of store.jobsUnderWay()) apply(job, verdictOn(job))
      startAll()
    } catch (error) {
      report(error)
    }
  }
  let isAwake = false
  const wake = (): void => {
    if (isAwake) return
    isAwake = true
    setTimeout(() => {
      isAwake = false
      look()
    }, pauseMs)
  }
  return { wake }
}

function ended({ id, app, kind }: Job, why: string) {
  return reportError(
    new MuelleError('INTERRUPTED', `Job ${id} (${kind} of ${app}): ${why}`, {
      hint: `See what happened:  muelle agent jobs --app ${app}`,
    }),
  )
}
