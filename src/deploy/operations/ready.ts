import type { App } from '../../app/app.ts'
import type { Container } from '../../engine/port.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { edgeNetwork } from '../../release/names.ts'
import type { Context, Operation } from '../operation.ts'
import type { StepOf } from '../step.ts'
import { within } from '../wait.ts'

/** What the last question to a replica showed: that it is ready, or in which way it is not. */
type Answer = { ready: true } | { ready: false; status: number | undefined; why: string }

/** A container that restarts may be waiting for something; one that goes on restarting is broken. */
const patienceWithRestartsMs = 10_000

const pollMs = 40

export const ready: Operation<StepOf<'ready'>> = {
  run: async (step, context) => {
    const last = new Map<string, Answer>()
    const { clock, signal } = context
    const began = clock.now()
    const limit = { timeoutMs: step.timeoutMs, everyMs: pollMs, clock, signal }
    const done = await within(limit, async () => {
      const replicas = (await webContainers(context, step.release)).slice(0, step.replicas)
      await refuseStopped(replicas, context, clock.now() - began)
      const answers = await Promise.all(
        replicas.map(async (replica) => {
          const answer = await ask(replica, context)
          last.set(replica.id, answer)
          return answer
        }),
      )
      return (answers.length >= step.replicas && answers.every((answer) => answer.ready)) || undefined
    })
    if (done === undefined) throw await explain(last, step, context)
  },
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

/** Whether an answer means that the replica can take traffic. */
export function isHealthy(status: number, { strict }: App['web']['health']): boolean {
  return strict ? status >= 200 && status < 300 : status < 500
}

async function ask(replica: Container, { app, probe }: Context): Promise<Answer> {
  const { path } = app.web.health
  const address = replica.addresses[edgeNetwork(app.name)]
  if (address === undefined || address === '')
    return { ready: false, status: undefined, why: 'no address yet' }
  const { entrance } = app
  const isTls = entrance.kind === 'domains' && entrance.tls !== 'off'
  try {
    const { status } = await probe({
      address,
      port: app.web.port,
      tls: false,
      host: entrance.kind === 'domains' ? entrance.domains[0] : 'localhost',
      path,
      headers: { 'x-forwarded-proto': isTls ? 'https' : 'http' },
    })
    if (isHealthy(status, app.web.health)) return { ready: true }
    return { ready: false, status, why: `${path} answers ${status}` }
  } catch (error) {
    return { ready: false, status: undefined, why: `${path}: ${(error as Error).message}` }
  }
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
  })
}

async function explain(answers: ReadonlyMap<string, Answer>, step: StepOf<'ready'>, context: Context) {
  const { app, engine } = context
  const waited = `within ${step.timeoutMs / 1000} s`
  const [id, answer] = [...answers].find(([, candidate]) => !candidate.ready) ?? []
  const log = id === undefined ? [] : await engine.logs(id, 15)
  if (answer?.ready === false && answer.status !== undefined) {
    const hint = [400, 301, 302, 308].includes(answer.status)
      ? `The host name sent was ${app.entrance.kind === 'domains' ? app.entrance.domains[0] : 'localhost'}: is it in ALLOWED_HOSTS?`
      : 'Traffic stays on the previous release. Mend the cause and run the same command again.'
    return new MuelleError('UNHEALTHY', `Release ${step.release} is not healthy: ${answer.why} ${waited}.`, {
      hint,
      log,
    })
  }
  const why = answer?.ready === false ? answer.why : 'no replica'
  return new MuelleError('NOT_READY', `Release ${step.release} did not answer ${waited}: ${why}.`, {
    hint: `Does it listen on 0.0.0.0:${app.web.port}? A longer start needs  x-muelle: {deploy_timeout: 3m}`,
    log,
  })
}
