import type { App } from '../../app/app.ts'
import type { Container } from '../../engine/port.ts'
import { withGateway } from '../../store/lease.ts'
import type { Context } from '../operation.ts'
import { startContainers } from './edge.ts'

/*
 * After a restart Docker starts again what ran, but not all of it: nginx stays down when the container whose network it
 * lives in starts later (moby issues 11777 and 50326), and once the engine was killed, or ran out of memory, so does
 * everything with `unless-stopped` (measured with 20.10).
 */

type Given = Pick<Context, 'app' | 'engine' | 'gateway' | 'pod' | 'store'>

/** Starts all that is to run while nothing is deployed and does not, and brings the gateway back. */
export async function heal(context: Given): Promise<void> {
  const { app, engine, gateway, pod } = context
  await wakeServing(context)
  const live = await gateway.live(pod, app.name)
  const containers = await engine.containers({ app: app.name })
  const isHere = ({ release, role, service }: Container): boolean =>
    release === live && (role === 'worker' || (role === 'singleton' && !runsElsewhere(service)))
  const runsElsewhere = (name: string): boolean =>
    containers.some(({ release, running, service }) => running && service === name && release !== live)
  await wake(containers.filter(isHere), context)
  await healGateway(context)
}

/** What answers visitors, of every release that stands. Half-way through a deployment, the rest is its plan's matter. */
export async function wakeServing(context: Given): Promise<void> {
  const { app, engine } = context
  const containers = await engine.containers({ app: app.name })
  await wake(
    containers.filter(({ role }) => role === 'backing'),
    context,
  )
  const serves = ({ release, role }: Container): boolean =>
    release !== undefined && (role === 'web' || role === 'internal')
  await wake(containers.filter(serves), context)
}

/** Brings the gateway back where something outside has stopped it. */
function healGateway({ app, gateway, pod, store }: Given): Promise<void> {
  return withGateway(store, () => gateway.heal(pod, app.name))
}

/** What a question that gets no answer may need, while it is asked again and again: Docker itself may not answer yet. */
export async function healUnanswering(context: Given): Promise<void> {
  await wakeServing(context).catch(() => undefined)
  await healGateway(context).catch(() => undefined)
}

async function wake(containers: readonly Container[], context: Given): Promise<void> {
  const stopped = containers.filter(
    ({ running, service, status }) => !running && !status.includes('Paused') && isToRun(service, context.app),
  )
  await startContainers(stopped, context)
}

/** The file may say of a service that it can end. */
function isToRun(name: string, { services }: App): boolean {
  const { restart = 'unless-stopped' } = services.find((each) => each.name === name)?.definition ?? {}
  return restart === 'always' || restart === 'unless-stopped'
}
