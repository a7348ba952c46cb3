import type { App, Service } from '../app/app.ts'
import type { Observed } from './observed.ts'
import { planRestart } from './plan.ts'
import type { Reach, Step } from './step.ts'

interface Size {
  service: Service
  /** Replicas that run. */
  from: number
  to: number
}

/** More or fewer replicas of one service of the live release; a web service's come and go without a lost request. */
export function planScale(target: Size & { release: number; reach: Reach; timeoutMs: number }): Step[] {
  const { release, service, from, to, reach, timeoutMs } = target
  const { name } = service
  const before = { ...reach, replicas: { [release]: from } }
  const after = { ...reach, replicas: { [release]: to } }
  const resize: Step = { kind: 'resize', release, service: name, from, to }
  const isWeb = service.role === 'web'
  if (to <= from) {
    const shrink: Step[] = isWeb ? [{ kind: 'shrink', release, from, to, reach: after, before }] : []
    return [...shrink, resize, { kind: 'trim', release, service: name, from, to }]
  }
  const show: Step[] = isWeb
    ? [
        { kind: 'ready', release, replicas: to, timeoutMs },
        { kind: 'stage', release, reach: after, before },
      ]
    : []
  return [
    { kind: 'create', release, services: [name], replicas: { [name]: to } },
    { kind: 'grow', release, service: name, from, to },
    ...show,
    resize,
  ]
}

/**
 * As many replicas of an internal service as the app says, in the live release once more. Whoever calls the service has
 * looked up where it is: a proxy of the file's own would never meet a new replica, and go on asking one that is gone.
 */
export function planScaleAnew(
  { app, release, service, from, to }: Size & { app: App; release: number },
  observed: Observed,
): Step[] {
  return [
    ...planRestart({ app, release }, observed),
    { kind: 'resize', release, service: service.name, from, to },
  ]
}
