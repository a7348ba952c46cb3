import type { StandingRelease } from './step.ts'

/** What is there before a deployment, as the engine, the gateway and the store show it. */
export interface Observed {
  /** The release that gets the traffic. */
  live: number | undefined
  /** Releases that have containers, with their services by role. */
  standing: readonly StandingRelease[]
  /** Releases that can be returned to, newest first. */
  kept: readonly number[]
}
