import { nowMs } from '../../clock.ts'
import { type Outcome, observe } from '../outcome.ts'
import type { Target } from '../request.ts'

/** How a session goes on. */
export interface Pace {
  readonly durationMs: number
  /** Between two messages, or two parts of a body. */
  readonly everyMs: number
  /** How long after `durationMs` the session is given up. */
  readonly patienceMs: number
}

/** A session, or one request of a session that makes several, and what came of it. Times are `nowMs()`. */
export interface Result extends Readonly<Outcome> {
  readonly kind: string
  readonly startedAtMs: number
  readonly endedAtMs: number
}

/** Runs one session to its end. Never rejects: what goes wrong is `lost`. */
export type Kind = (target: Target, pace: Pace) => Promise<readonly Result[]>

/** Observes one session, with the times of its start and end. */
export async function session(
  kind: string,
  { durationMs, patienceMs }: Pace,
  run: (outcome: Outcome, signal: AbortSignal) => Promise<void>,
): Promise<Result> {
  const startedAtMs = nowMs()
  const outcome = await observe(durationMs + patienceMs, run)
  return { kind, startedAtMs, endedAtMs: nowMs(), ...outcome }
}
