import type { Service } from '../app/app.ts'
import type { Reach, Step } from './step.ts'

/** More or fewer replicas of one service of the live release; a web service's come and go without a lost request. */
export function planScale(target: {
  release: number
  service: Service
  to: number
  /** Replicas that run. */
  from: number
  reach: Reach
  timeoutMs: number
}): Step[] {
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
