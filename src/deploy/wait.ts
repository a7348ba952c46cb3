import { setTimeout as sleep } from 'node:timers/promises'
import { MuelleError } from '../errors/muelle-error.ts'

/** Time as a deployment sees it; the simulation has one of its own. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number
  /** Ends at once, with the signal's reason, when the deployment is stopped. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export const realClock: Clock = {
  now: () => performance.now(),
  sleep: async (ms, signal) => {
    await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted())
  },
}

/** Milliseconds. Docker that is being restarted answers again within seconds. */
const engineReturnsMs = 15_000

/**
 * Repeats an observation every `everyMs` until it returns something, or until the time is over. An engine that does not
 * answer is nothing observed, unless it stays so.
 * @returns what was observed, or undefined when the time was over
 * @throws MuelleError DOCKER_UNAVAILABLE of an engine that does not come back, and any other error of an observation
 */
export async function within<T>(
  limit: { timeoutMs: number; everyMs: number; clock: Clock; signal: AbortSignal },
  observe: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const { timeoutMs, everyMs, clock, signal } = limit
  const deadline = clock.now() + timeoutMs
  let answeredAt = clock.now()
  while (true) {
    signal.throwIfAborted()
    try {
      const seen = await observe()
      answeredAt = clock.now()
      if (seen !== undefined || answeredAt >= deadline) return seen
    } catch (error) {
      const isAway = error instanceof MuelleError && error.code === 'DOCKER_UNAVAILABLE'
      if (!isAway || clock.now() >= Math.min(deadline, answeredAt + engineReturnsMs)) throw error
    }
    await clock.sleep(everyMs, signal)
  }
}
