import { servicesBehind } from '../../app/behind.ts'
import type { Container } from '../../engine/port.ts'
import { type ErrorDetails, MuelleError } from '../../errors/muelle-error.ts'
import type { Context, Operation } from '../operation.ts'
import { onPrevious } from '../previous.ts'
import type { StepOf } from '../step.ts'
import { within } from '../wait.ts'
import { type Answer, askBehind, askWeb } from './ask.ts'

/** A container that restarts may be waiting for something; one that goes on restarting is broken. */
const patienceWithRestartsMs = 10_000

const pollMs = 40

export const ready: Operation<StepOf<'ready'>> = {
  run: async (step, context) => {
    const last = new Map<string, Told>()
    const { clock, signal } = context
    const began = clock.now()
    const limit = { timeoutMs: step.timeoutMs, everyMs: pollMs, clock, signal }
    const done = await within(limit, async () => {
      const asked = [await askAllBehind(step, last, context), await askAllWebs(step, last, context)]
      const containers = [...last.values()].map(({ container }) => container)
      await refuseStopped(containers, context, clock.now() - began)
      return asked.every(Boolean) || undefined
    })
    if (done === undefined) throw await explain(last, step, context)
  },
}

interface Told {
  container: Container
  port: number | undefined
  answer: Answer
}

async function askAllWebs(
  step: StepOf<'ready'>,
  last: Map<string, Told>,
  context: Context,
): Promise<boolean> {
  const replicas = (await webContainers(context, step.release)).slice(0, step.replicas)
  const answers = await Promise.all(replicas.map((replica) => askWeb(replica, context)))
  for (const [index, container] of replicas.entries()) {
    const answer = answers[index]
    if (answer !== undefined) last.set(container.id, { container, port: context.app.web.port, answer })
  }
  return answers.length >= step.replicas && answers.every((answer) => answer.ready)
}

/** Who has been ready once is not asked again: a health check of the file's own can be a whole program. */
async function askAllBehind(
  step: StepOf<'ready'>,
  last: Map<string, Told>,
  context: Context,
): Promise<boolean> {
  const { app, engine } = context
  const outcomes = servicesBehind(app).map(async (behind) => {
    const { service, http } = behind
    const containers = await engine.containers({ app: app.name, release: step.release, service })
    const answers = containers.map(async (container) => {
      const told = last.get(container.id)
      const answer = told?.answer.ready ? told.answer : await askBehind(container, behind, context)
      last.set(container.id, { container, port: http?.port, answer })
      return answer.ready
    })
    return containers.length > 0 && (await Promise.all(answers)).every(Boolean)
  })
  return (await Promise.all(outcomes)).every(Boolean)
}

/** The replicas of a release's web service in the order of their numbers, whether they run or not. */
export async function webContainers({ app, engine }: Pick<Context, 'app' | 'engine'>, release: number) {
  const found = await engine.containers({ app: app.name, release, service: app.web.service })
  return inOrder(found)
}

/** Compose numbers the replicas of a service from 1. */
export function inOrder(containers: readonly Container[]): Container[] {
  return containers.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
}

/** @throws MuelleError START_FAILED when one has ended, or goes on being restarted */
export async function refuseStopped(
  replicas: readonly Container[],
  context: Context,
  elapsedMs: number,
): Promise<void> {
  const stopped = replicas.find(
    (replica) =>
      !replica.running && (replica.status.startsWith('Exited') || elapsedMs > patienceWithRestartsMs),
  )
  if (stopped === undefined) return
  throw new MuelleError('START_FAILED', `${stopped.name} stopped: ${stopped.status}.`, {
    hint: 'Its last lines are above. Mend the cause and run the same command again.',
    log: await context.engine.logs(stopped.id, 15),
    container: stopped.id,
  })
}

async function explain(last: ReadonlyMap<string, Told>, step: StepOf<'ready'>, context: Context) {
  const { app, engine } = context
  const waited = `within ${step.timeoutMs / 1000} s`
  const told = [...last.values()].find(({ answer }) => !answer.ready)
  if (told === undefined || told.answer.ready) return notReady(step, { waited, why: 'no replica' })
  const { answer, container, port } = told
  const { id } = (answer.status ?? 0) >= 500 ? behind([...last.values()], told) : container
  const seen = { container: id, log: await engine.logs(id, 15) }
  const why = container.service === app.web.service ? answer.why : `${container.service}: ${answer.why}`
  if (answer.status === undefined) return notReady(step, { waited, why, seen, port })
  const hint = [400, 301, 302, 308].includes(answer.status)
    ? `The host name sent was ${answer.host}: is it in ALLOWED_HOSTS?`
    : `${onPrevious('Traffic stays', context)}Mend the cause and run the same command again.`
  return new MuelleError('UNHEALTHY', `Release ${step.release} is not healthy: ${why} ${waited}.`, {
    hint,
    ...seen,
  })
}

/** A proxy only passes on what went wrong behind it, and its log is full of our own questions. */
function behind(all: readonly Told[], told: Told): Container {
  const other = all.find(({ container }) => container.service !== told.container.service)
  return (other ?? told).container
}

function notReady(
  { release }: StepOf<'ready'>,
  found: {
    waited: string
    why: string
    seen?: Pick<ErrorDetails, 'container' | 'log'>
    port?: number | undefined
  },
): MuelleError {
  const { waited, why, seen, port } = found
  const listening = port === undefined ? '' : `Does it listen on 0.0.0.0:${port}? `
  return new MuelleError('NOT_READY', `Release ${release} did not answer ${waited}: ${why}.`, {
    hint: `${listening}A longer start needs  x-muelle: {deploy_timeout: 3m}`,
    ...seen,
  })
}
