import type { App, Service } from '../app/app.ts'
import { readUpdateConfig } from '../app/update-config.ts'
import type { Reach, Step } from './step.ts'

/**
 * Every replica of one service of the live release anew. Of web services and workers the new ones are there before the
 * old ones end, of singletons the old one stops first, and backing services stop and start where they are.
 */
export function planRenew(target: { app: App; release: number; service: Service; reach: Reach }): Step[] {
  const { release, service } = target
  const { name, role } = service
  if (role === 'backing') return [{ kind: 'cycle', service: name }]
  if (role !== 'singleton') return renewBatches(target)
  return [
    { kind: 'stop', release, services: [name] },
    { kind: 'start', release, services: [name] },
  ]
}

/** As many at a time as a deployment would start: all, or within the memory of one release and a few replicas. */
function renewBatches({ app, release, service, reach }: Parameters<typeof planRenew>[0]): Step[] {
  const { name, replicas, role, definition } = service
  const timeoutMs = app.settings.deploy_timeout
  const { parallelism } = readUpdateConfig(definition)
  const most = app.settings.strategy === 'rolling' ? Math.min(parallelism, replicas) : replicas
  const sizes = Array.from({ length: Math.ceil(replicas / most) }, (_, index) =>
    Math.min(most, replicas - index * most),
  )
  const shown = (count: number): Reach => ({ ...reach, replicas: { [release]: count } })
  return sizes.flatMap((size): Step[] => {
    const both = replicas + size
    const answers: Step[] = [
      { kind: 'ready', release, replicas: both, timeoutMs },
      { kind: 'stage', release, reach: shown(both), before: shown(replicas) },
    ]
    const runs: Step = { kind: 'steady', release, services: [name], timeoutMs }
    const traffic = { reach: shown(replicas), before: shown(both) }
    return [
      { kind: 'create', release, services: [name], replicas: { [name]: both } },
      { kind: 'grow', release, service: name, from: replicas, to: both },
      ...(role === 'web' ? answers : [runs]),
      {
        kind: 'renew',
        release,
        service: name,
        from: both,
        to: replicas,
        ...(role === 'web' ? { traffic } : {}),
      },
    ]
  })
}
