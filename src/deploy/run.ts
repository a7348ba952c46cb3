import { asMuelleError, MuelleError, reportError } from '../errors/muelle-error.ts'
import type { Emit } from '../events/events.ts'
import type { DeploymentKind } from '../store/deployments.ts'
import { withCause } from './diagnose.ts'
import type { Context, Operation } from './operation.ts'
import { operations } from './operations/all.ts'
import { heal } from './operations/heal.ts'
import { onPrevious } from './previous.ts'
import { decideRecovery, type Remains, undoOrder } from './recovery.ts'
import { describeStep, type JournalPhase, type Step } from './step.ts'

export interface Deployment {
  kind: DeploymentKind
  title: string
  from: number | undefined
  to: number | undefined
  steps: readonly Step[]
  /** Rules of the check that found something, and were allowed to. */
  allowed?: readonly string[]
}

export interface FinishedStep {
  kind: Step['kind']
  title: string
  /** Milliseconds since the epoch. */
  endedAt: number
  durationMs: number
}

export interface Control {
  emit: Emit
  signal: AbortSignal
}

type Given = Omit<Context, 'onLine' | 'signal'>

/** Milliseconds. A step that takes longer has hung: it is stopped, and the deployment taken back. */
const stepTimeoutMs = 45 * 60_000

/** Milliseconds to wait before each further attempt to take a step back; Docker itself may be starting again. */
const undoPausesMs = [500, 2000, 5000]

/**
 * Carries out a plan. Each step is in the journal before and after its effect. Until the new release is the live
 * one, a failure or a stop takes back everything in reverse order, and the release before goes on serving; after
 * that, what is left is clean-up: its failure is told, does not undo the release, and is left to the next command.
 * @throws MuelleError of the step that failed, or INTERRUPTED
 */
export async function runDeployment(
  deployment: Deployment & { runner: string },
  context: Given,
  control: Control,
): Promise<FinishedStep[]> {
  const { app, store } = context
  const { steps, title, to } = deployment
  const id = store.beginDeployment({ app: app.name, ...deployment, plan: steps })
  store.forgetOldEvents(app.name)
  const told = recorded(control, id, context)
  told.emit({ type: 'begin', app: app.name, title, steps: steps.map(describeStep) })
  return proceed({ id, steps, to: to ?? null, phases: new Map(), from: 0 }, context, told)
}

/**
 * Brings a deployment to an end whose runner died: forward when the traffic is on its target, else back.
 * @throws MuelleError when that is not possible now; the deployment stays unfinished, for the next attempt
 */
export async function recoverDeployment(
  remains: Remains & { id: number; live: number | undefined },
  context: Given,
  watched: Control,
): Promise<void> {
  const { id, steps, live } = remains
  const control = recorded(watched, id, context)
  const recovery = decideRecovery(remains, live)
  if (recovery.direction === 'back') {
    const run = { ...remains, phases: new Map(remains.phases) }
    const failure = await takeBack(run, context, control)
    if (failure !== undefined) throw failure
    return context.store.endDeployment(id, 'interrupted')
  }
  if (live === remains.to) await startAgain(steps.slice(0, recovery.from), context)
  await proceed(
    { id, steps, to: remains.to, phases: new Map(remains.phases), from: recovery.from },
    context,
    control,
  )
}

/** What is told is also on record, for whoever watches from another process. */
function recorded({ emit, signal }: Control, deployment: number, { app, store }: Given): Control {
  return {
    signal,
    emit: (event) => {
      store.recordEvent(app.name, deployment, event)
      emit(event)
    },
  }
}

/** Docker may have left down what had been started: the steps that come next wait for it. */
async function startAgain(done: readonly Step[], context: Given): Promise<void> {
  for (const step of done) if (step.kind === 'start') await operationOf(step).run(step, unstoppable(context))
}

/** One deployment under way, with the last phase of each step so far. */
interface Progress extends Omit<Remains, 'phases'> {
  id: number
  phases: Map<number, JournalPhase>
}

async function proceed(
  run: Progress & { from: number },
  context: Given,
  control: Control,
): Promise<FinishedStep[]> {
  const { store } = context
  const { emit, signal } = control
  const finished: FinishedStep[] = []
  const meanwhile = new Meanwhile()
  try {
    for (const [position, step] of run.steps.entries()) {
      if (position < run.from) continue
      signal.throwIfAborted()
      await meanwhile.before(step.kind)
      const running = runStep(position, run, { context, control }).then((done) => void finished.push(done))
      await meanwhile.awaitOrKeep(operationOf(step).neededBy, running)
      if (step.kind === 'activate') emit({ type: 'live', release: step.release })
    }
  } catch (thrown) {
    await meanwhile.settled()
    const isLive = run.phases.get(run.steps.findIndex(({ kind }) => kind === 'activate')) === 'done'
    const error = signal.aborted ? interruption(isLive) : asMuelleError(thrown)
    if (!isLive) await giveUp(run, error, { context, control })
    await attempt(() => heal(context), context)
    // What is left is clean-up, and the deployment stays unfinished: the next command goes on with it.
    emit({ type: 'note', message: `The release is live, but its clean-up is not done: ${error.message}` })
    return finished
  }
  store.endDeployment(run.id, 'succeeded')
  return finished
}

async function giveUp(
  run: Progress,
  error: MuelleError,
  { context, control }: { context: Given; control: Control },
): Promise<never> {
  const outcome = control.signal.aborted ? 'interrupted' : 'failed'
  const failure = (await takeBack(run, context, control)) ?? (await attempt(() => heal(context), context))
  if (failure === undefined) context.store.endDeployment(run.id, outcome, reportError(error))
  throw error
}

/** Steps that are under way while the plan goes on. */
class Meanwhile {
  readonly #running: { neededBy: readonly Step['kind'][]; work: Promise<void> }[] = []

  async awaitOrKeep(neededBy: readonly Step['kind'][] | undefined, work: Promise<void>): Promise<void> {
    if (neededBy === undefined) return work
    // Its failure is told where it is awaited.
    work.catch(() => undefined)
    this.#running.push({ neededBy, work })
  }

  async before(kind: Step['kind']): Promise<void> {
    for (const { neededBy, work } of this.#running) if (neededBy.includes(kind)) await work
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#running.map(({ work }) => work))
  }
}

async function runStep(
  position: number,
  run: Progress,
  { context, control }: { context: Given; control: Control },
): Promise<FinishedStep> {
  const { emit, signal } = control
  const step = stepAt(run, position)
  const title = describeStep(step)
  const { clock } = context
  const began = clock.now()
  const { timeoutMs = stepTimeoutMs, isNeeded = () => true } = operationOf(step)
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  const onLine = (line: string): void => emit({ type: 'output', index: position, line })
  journal(run, { position, phase: 'started' }, context)
  emit({ type: 'step-started', index: position, title })
  const own = { ...context, onLine, signal: bounded }
  let isNotNeeded = false
  try {
    isNotNeeded = !isNeeded(step, own)
    if (!isNotNeeded) await operationOf(step).run(step, own)
  } catch (thrown) {
    const hung = bounded.aborted && !signal.aborted
    const error = hung ? tookTooLong({ title, timeoutMs }, context) : await withCause(thrown, step, own)
    journal(run, { position, phase: 'failed' }, context)
    const report = reportError(signal.aborted ? interruption(false) : error)
    emit({ type: 'step-failed', index: position, title, error: report })
    throw error
  }
  journal(run, { position, phase: 'done' }, context)
  const durationMs = clock.now() - began
  emit({ type: 'step-done', index: position, title, durationMs, ...(isNotNeeded ? { isNotNeeded } : {}) })
  return { kind: step.kind, title, endedAt: Date.now(), durationMs }
}

/**
 * Takes back every step that began, and stops at the first that cannot be taken back now: what comes next may be what
 * visitors still reach. The rest is left to the next command, which finds the deployment unfinished.
 */
async function takeBack(run: Progress, context: Given, { emit }: Control): Promise<MuelleError | undefined> {
  for (const position of undoOrder(run)) {
    const step = stepAt(run, position)
    const { undo } = operationOf(step)
    if (undo === undefined) continue
    const title = describeStep(step)
    emit({ type: 'undoing', title })
    const error = await attempt(() => undo(step, unstoppable(context)), context)
    if (error !== undefined) {
      emit({ type: 'note', message: `Could not take back "${title}": ${error.message}` })
      emit({ type: 'note', message: 'The next muelle command goes on with it.' })
      return error
    }
    journal(run, { position, phase: 'undone' }, context)
  }
  return undefined
}

/** @returns the last failure, when every attempt failed */
async function attempt(work: () => Promise<void>, { clock }: Given): Promise<MuelleError | undefined> {
  for (const pauseMs of [...undoPausesMs, undefined]) {
    try {
      await work()
      return undefined
    } catch (error) {
      if (pauseMs === undefined) return asMuelleError(error)
      await clock.sleep(pauseMs, new AbortController().signal)
    }
  }
  return undefined
}

function unstoppable(context: Given): Context {
  return { ...context, onLine: () => undefined, signal: new AbortController().signal }
}

function journal(
  run: Progress,
  { position, phase }: { position: number; phase: JournalPhase },
  { app, store }: Given,
): void {
  store.journal({ app: app.name, deployment: run.id, position, step: run.steps[position], phase })
  run.phases.set(position, phase)
}

function stepAt({ steps }: Pick<Remains, 'steps'>, position: number): Step {
  const step = steps[position]
  if (step === undefined) throw new Error(`the plan has no step at position ${position}`)
  return step
}

/** The table holds, for each kind, the operation of exactly that kind; a union cannot say so by itself. */
function operationOf<S extends Step>(step: S): Operation<S> {
  return operations[step.kind] as unknown as Operation<S>
}

function tookTooLong(
  { title, timeoutMs }: { title: string; timeoutMs: number },
  context: Given,
): MuelleError {
  return new MuelleError('STEP_TIMEOUT', `"${title}" took longer than ${timeoutMs / 60_000} minutes.`, {
    hint: `${onPrevious('Traffic stays', context)}Look at what the step waits for:  docker ps`,
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
