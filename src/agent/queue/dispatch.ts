import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { MuelleError, reportError } from '../../errors/muelle-error.ts'
import { isAlive } from '../../processes.ts'
import type { Claim, Job, NewJob } from '../../store/jobs.ts'
import type { Store } from '../../store/store.ts'
import { argumentsOf } from './arguments.ts'
import { decisiveKind, settle, type Verdict } from './settle.ts'
import type { Launch } from './start.ts'

export interface Dispatcher {
  /** Settles what has ended, and starts what may start, in a moment: once for all who ask meanwhile. Never throws. */
  wake(): void
  /** A job that begins at once, and takes its turn in its own process. @returns its number */
  begin(job: NewJob, launch: Launch): number
  /** Until each process that was started has said that it has its job, for a while. */
  handedOver(): Promise<void>
  /** Until no process has a job any more; none is started. */
  drained(): Promise<void>
}

/** Milliseconds. What comes in a burst is one update of the app. */
const pauseMs = 50

/** Milliseconds that a process may take to say that it has its job. */
const patienceMs = 5000

interface Ports {
  store: Store
  start: (launch: Launch, claim: Claim) => ChildProcess
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
      launch({ argv: argumentsOf(job, app) }, claim)
    }
  }
  const launch = (work: Launch, claim: Claim): void => {
    const child = start(work, claim)
    children.set(claim.id, child)
    const over = (): void => {
      children.delete(claim.id)
      wake()
    }
    child.once('exit', over)
    child.once('error', (error) => {
      report(error)
      over()
    })
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
  let isDraining = false
  const wake = (): void => {
    if (isAwake) return
    isAwake = true
    setTimeout(() => {
      isAwake = false
      if (!isDraining) look()
    }, pauseMs)
  }
  return {
    wake,
    begin: (job, work) => {
      const claim = store.beginJob(job)
      launch(work, claim)
      return claim.id
    },
    handedOver: async () => {
      const isStarting = (id: number): boolean => store.job(id)?.state === 'starting'
      for (let waited = 0; waited < patienceMs && [...children.keys()].some(isStarting); waited += pauseMs)
        await sleep(pauseMs)
    },
    drained: async () => {
      isDraining = true
      const isWorking = (job: Job): boolean =>
        children.has(job.id) || (job.runner !== '' && isAlive(job.runner))
      while (store.jobsUnderWay().some(isWorking)) await sleep(pauseMs)
    },
  }
}

function ended({ id, app, kind }: Job, why: string) {
  return reportError(
    new MuelleError('INTERRUPTED', `Job ${id} (${kind} of ${app}): ${why}`, {
      hint: `See what happened:  muelle agent jobs --app ${app}`,
    }),
  )
}
