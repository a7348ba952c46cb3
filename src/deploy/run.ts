import { asMuelleError, MuelleError, reportError } from '../errors/muelle-error.ts'
import type { Emit } from '../events/events.ts'
import type { DeploymentKind } from '../store/store.ts'
import type { Context, Operation } from './operation.ts'
import { operations } from './operations/all.ts'
import { describeStep, type Step } from './step.ts'

export interface Deployment {
  kind: DeploymentKind
  title: string
  from: number | undefined
  to: number | undefined
  steps: readonly Step[]
}

export interface FinishedStep {
  kind: Step['kind']
  title: string
  /** Milliseconds since the epoch. */
  endedAt: number
  durationMs: number
}

/** Milliseconds. A step that takes longer has hung: it is stopped, and the deployment taken back. */
const stepTimeoutMs = 45 * 60_000

/**
 * Carries out a plan. Each step is in the journal before and after its effect. Until the new release is the live
 * one, a failure or a stop takes back everything in reverse order, and the release before goes on serving; after
 * that, what is left is clean-up, and its failure is told but does not undo the release.
 * @throws MuelleError of the step that failed, or INTERRUPTED
 */
export async function runDeployment(
  deployment: Deployment,
  context: Omit<Context, 'onLine' | 'signal'>,
  control: { emit: Emit; signal: AbortSignal },
): Promise<FinishedStep[]> {
  const { app, store } = context
  const { emit, signal } = control
  const id = store.beginDeployment({ app: app.name, ...deployment })
  const journal = (step: Step, phase: 'started' | 'done' | 'failed' | 'undone'): void =>
    store.journal({ app: app.name, deployment: id, step, phase })
  emit({ type: 'begin', app: app.name, title: deployment.title, steps: deployment.steps.map(describeStep) })

  const finished: FinishedStep[] = []
  const touched: Step[] = []
  let isLive = false
  for (const [index, step] of deployment.steps.entries()) {
    const title = describeStep(step)
    const began = performance.now()
    try {
      if (signal.aborted) throw interruption(isLive)
      journal(step, 'started')
      touched.push(step)
      emit({ type: 'step-started', index, title })
      const onLine = (line: string): void => emit({ type: 'output', index, line })
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(stepTimeoutMs)])
      await operationOf(step)
        .run(step, { ...context, onLine, signal: bounded })
        .catch((error: unknown) => {
          throw bounded.aborted && !signal.aborted ? tookTooLong(title) : error
        })
      journal(step, 'done')
    } catch (thrown) {
      const error = signal.aborted ? interruption(isLive) : asMuelleError(thrown)
      if (touched.includes(step)) {
        journal(step, 'failed')
        emit({ type: 'step-failed', index, title, error: reportError(error) })
      }
      if (isLive) {
        store.endDeployment(id, 'succeeded', reportError(error))
        emit({ type: 'note', message: 'The release is live; the next deployment finishes the clean-up.' })
        return finished
      }
      await takeBack(touched, context, { emit, journal })
      store.endDeployment(id, signal.aborted ? 'interrupted' : 'failed', reportError(error))
      throw error
    }
    const durationMs = performance.now() - began
    finished.push({ kind: step.kind, title, endedAt: Date.now(), durationMs })
    emit({ type: 'step-done', index, title, durationMs })
    if (step.kind === 'activate') {
      isLive = true
      emit({ type: 'live', release: step.release })
    }
  }
  store.endDeployment(id, 'succeeded')
  return finished
}

async function takeBack(
  steps: readonly Step[],
  context: Omit<Context, 'onLine' | 'signal'>,
  control: { emit: Emit; journal: (step: Step, phase: 'undone') => void },
): Promise<void> {
  const full = { ...context, onLine: () => undefined, signal: new AbortController().signal }
  for (const step of steps.toReversed()) {
    const { undo } = operationOf(step)
    if (undo === undefined) continue
    control.emit({ type: 'undoing', title: describeStep(step) })
    try {
      await undo(step, full)
      control.journal(step, 'undone')
    } catch (error) {
      const { message } = asMuelleError(error)
      control.emit({ type: 'note', message: `Could not take back "${describeStep(step)}": ${message}` })
    }
  }
}

/** The table holds, for each kind, the operation of exactly that kind; a union cannot say so by itself. */
function operationOf<S extends Step>(step: S): Operation<S> {
  return operations[step.kind] as unknown as Operation<S>
}

function tookTooLong(title: string): MuelleError {
  return new MuelleError('STEP_TIMEOUT', `"${title}" took longer than ${stepTimeoutMs / 60_000} minutes.`, {
    hint: 'Traffic stays on the previous release. Look at what the step waits for:  docker ps',
  })
}

function interruption(isLive: boolean): MuelleError {
  return new MuelleError(
    'INTERRUPTED',
    isLive ? 'Stopped during the clean-up.' : 'Stopped; what was started was taken back.',
    {
      hint: 'Run the same command again to go on.',
    },
  )
}
