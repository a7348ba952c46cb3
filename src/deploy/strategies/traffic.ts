import { type App, releasedServices } from '../../app/app.ts'
import type { Reach, StandingRelease, Step } from '../step.ts'

/** Traffic moves from one release to another; `old` is undefined for the first. */
export interface Move {
  app: App
  release: number
  old: StandingRelease | undefined
}

export function reachOf(...arms: readonly (number | undefined)[]): Reach {
  return { arms: arms.filter((arm) => arm !== undefined).sort((a, b) => a - b) }
}

export function webReplicas(app: App): number {
  return releasedServices(app).find((service) => service.name === app.web.service)?.replicas ?? 1
}

export function untilReady(
  { app, release }: Pick<Move, 'app' | 'release'>,
  replicas = webReplicas(app),
): Step {
  return { kind: 'ready', release, replicas, timeoutMs: app.settings.deploy_timeout }
}

/** What visitors would meet is asked for before the switch, and again after it. */
export function switchTo({ app, release, old }: Move): Step[] {
  const { smoke } = app.settings
  const ask: Step[] = smoke.length === 0 ? [] : [{ kind: 'smoke', release, paths: smoke }]
  return [...ask, { kind: 'switch', release, from: old?.number }, ...ask]
}
