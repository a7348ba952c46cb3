import type { App } from '../../app/app.ts'
import type { Container } from '../../engine/port.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { Context, Operation } from '../operation.ts'
import type { StepOf } from '../step.ts'
import { within } from '../wait.ts'
import { refuseStopped } from './ready.ts'

/** A program that cannot start has mostly ended by then; one that takes longer can say so with a health check. */
const steadyAfterMs = 2000
const pollMs = 200

export const steady: Operation<StepOf<'steady'>> = {
  // The release before goes on working until then.
  neededBy: ['switch', 'stop', 'renew', 'watch', 'activate'],
  run: async (step, context) => {
    const { app, clock, engine, signal } = context
    const { release, services, timeoutMs } = step
    const began = clock.now()
    const isSteady = observer(context)
    let last: Container | undefined
    const done = await within({ timeoutMs, everyMs: pollMs, clock, signal }, async () => {
      const found = await engine.containers({ app: app.name, release })
      const own = found.filter((each) => services.includes(each.service) && !hasEndedWell(each))
      await refuseStopped(own, context, clock.now() - began)
      const answers = await Promise.all(own.map(isSteady))
      last = own.find((_, index) => answers[index] !== true)
      return last === undefined || undefined
    })
    if (done === undefined && last !== undefined) throw await explain(last, step, context)
  },
}

/** Whether a container answers its health check, or without one has run for a while since it last started. */
function observer({ app, clock, engine }: Context): (container: Container) => Promise<boolean> {
  const starts = new Map<string, { startedAt: number; seenAt: number }>()
  return async ({ id, service, running }) => {
    if (!running) return false
    const question = hasOwnHealthCheck(service, app) ? await engine.healthCommand(id) : undefined
    if (question !== undefined) {
      const answer = await engine.exec(id, question).catch(() => undefined)
      return answer?.exitCode === 0
    }
    const startedAt = await engine.startedAt(id)
    const known = starts.get(id)
    const { seenAt } = known?.startedAt === startedAt ? known : { seenAt: clock.now() }
    starts.set(id, { startedAt, seenAt })
    return clock.now() - seenAt >= steadyAfterMs
  }
}

/**
 * An image that asks its web server for its health is often the worker's image too, and so is a block of the file that
 * both share: in the worker that check fails however well it works.
 */
function hasOwnHealthCheck(name: string, { services, web }: App): boolean {
  const checkOf = (service: string) =>
    JSON.stringify(services.find((each) => each.name === service)?.definition.healthcheck?.test ?? [])
  return checkOf(name) !== '[]' && checkOf(name) !== checkOf(web.service)
}

/** A service that does its work once and ends is no worker, but nothing in the file may say so. */
function hasEndedWell({ running, status }: Container): boolean {
  return !running && status.includes(' (0) ')
}

async function explain(
  { id, name }: Container,
  { release, timeoutMs }: StepOf<'steady'>,
  { engine }: Context,
): Promise<MuelleError> {
  const waited = `within ${timeoutMs / 1000} s`
  return new MuelleError('NOT_READY', `${name} of release ${release} did not become healthy ${waited}.`, {
    hint: 'Does its health check work?  A longer start needs  x-muelle: {deploy_timeout: 3m}',
    log: await engine.logs(id, 15),
  })
}
