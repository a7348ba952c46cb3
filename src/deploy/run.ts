import { asMuelleError, MuelleError, reportError } from '../errors/muelle-error.ts'
import type { Emit } from '../events/events.ts'
import type { DeploymentKind, JournalPhase } from '../store/store.ts'
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
  const { steps, title } = deployment
  const id = store.beginDeployment({ app: app.name, ...deployment })
  const journal: Journal = (step, phase) => store.journal({ app: app.name, deployment: id, step, phase })
  emit({ type: 'begin', app: app.name, title, steps: steps.map(describeStep) })

  const finished: FinishedStep[] = []
  const begun: Step[] = []
  let isLive = false
  try {
    for (const [index, step] of steps.entries()) {
      signal.throwIfAborted()
      begun.push(step)
      finished.push(await runStep(step, index, { context, emit, signal, journal }))
      if (step.kind !== 'activate') continue
      isLive = true
      emit({ type: 'live', release: step.release })
    }
  } catch (thrown) {
    const error = signal.aborted ? interruption(isLive) : asMuelleError(thrown)
    if (isLive) {
      store.endDeployment(id, 'succeeded', reportError(error))
      emit({ type: 'note', message: 'The release is live; the next deployment finishes the clean-up.' })
      return finished
    }
    await takeBack(begun, context, { emit, journal })
    store.endDeployment(id, signal.aborted ? 'interrupted' : 'failed', reportError(error))
    throw error
  }
  store.endDeployment(id, 'succeeded')
  return finished
}

type Journal = (step: Step, phase: JournalPhase) => void

interface StepRun {
  context: Omit<Context, 'onLine' | 'signal'>
  emit: Emit
  signal: AbortSignal
  journal: Journal
}

async function runStep(step: Step, index: number, run: StepRun): Promise<FinishedStep> {
  const { context, emit, signal, journal } = run
  const title = describeStep(step)
  const began = performance.now()
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(stepTimeoutMs)])
  const onLine = (line: string): void => emit({ type: 'output', index, line })
  journal(step, 'started')
  emit({ type: 'step-started', index, title })
  try {
    await operationOf(step).run(step, { ...context, onLine, signal: bounded })
  } catch (thrown) {
    const error = bounded.aborted && !signal.aborted ? tookTooLong(title) : thrown
    journal(step, 'failed')
    emit({
      type: 'step-failed',
      index,
      title,
      error: reportError(signal.aborted ? interruption(false) : error),
    })
    throw error
  }
  journal(step, 'done')
  const durationMs = performance.now() - began
  emit({ type: 'step-done', index, title, durationMs })
  return { kind: step.kind, title, endedAt: Date.now(), durationMs }
}

async function takeBack(
  steps: readonly Step[],
  context: Omit<Context, 'onLine' | 'signal'>,
  control: { emit: Emit; journal: Journal },
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
