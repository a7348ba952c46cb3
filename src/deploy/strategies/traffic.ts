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

export function switchTo({ release, old }: Pick<Move, 'release' | 'old'>): Step {
  return { kind: 'switch', release, from: old?.number }
}
