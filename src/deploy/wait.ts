import { setTimeout as sleep } from 'node:timers/promises'

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

/**
 * Repeats an observation every `everyMs` until it returns something, or until the time is over.
 * @returns what was observed, or undefined when the time was over
 */
export async function within<T>(
  limit: { timeoutMs: number; everyMs: number; clock: Clock; signal: AbortSignal },
  observe: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const { timeoutMs, everyMs, clock, signal } = limit
  const deadline = clock.now() + timeoutMs
  while (true) {
    signal.throwIfAborted()
    const seen = await observe()
    if (seen !== undefined || clock.now() >= deadline) return seen
    await clock.sleep(everyMs, signal)
  }
}
