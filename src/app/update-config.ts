import type { App } from './app.ts'
import type { ComposeService } from './compose.ts'

/** `deploy.update_config` of a service, with what it means where the file is silent. */
export interface UpdateConfig {
  /** New replicas that start at a time. */
  parallelism: number
  delayMs: number
  stopsFirst: boolean
  /** How long new replicas are watched once they are ready. */
  monitorMs: number
  /** The share of all new replicas that may fail meanwhile. */
  maxFailureRatio: number
}

/**
 * Where the file says nothing about `monitor`, nobody is watched, as the Compose Specification has it (Swarm watches
 * for 5 s): each new replica has answered before the next one starts, and `x-muelle.watch` looks at the whole release.
 */
export function readUpdateConfig({ deploy }: ComposeService): UpdateConfig {
  const { parallelism = 1, delay, order, monitor, max_failure_ratio = 0 } = deploy?.update_config ?? {}
  return {
    // As in Swarm, 0 means all at once.
    parallelism: parallelism === 0 ? Number.POSITIVE_INFINITY : parallelism,
    delayMs: delay === undefined ? 0 : milliseconds(delay),
    stopsFirst: order === 'stop-first',
    monitorMs: monitor === undefined ? 0 : milliseconds(monitor),
    maxFailureRatio: Number(max_failure_ratio),
  }
}

/** What the file asks for that Muelle does otherwise, said in a sentence. */
export function unfollowed({ file, settings, web }: App): string[] {
  const action = file.services[web.service]?.deploy?.update_config?.failure_action
  if (settings.strategy !== 'rolling' || action === undefined || action === 'rollback') return []
  return [`${web.service} asks for failure_action: ${action}; Muelle always takes a release back that fails.`]
}

/** Compose prints durations as Go does: `1m30s`, `500ms`. */
function milliseconds(duration: string): number {
  const unit: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }
  return [...duration.matchAll(/([\d.]+)(ms|[hms])/g)].reduce(
    (total, [, amount, name = 's']) => total + Number(amount) * (unit[name] ?? 0),
    0,
  )
}
