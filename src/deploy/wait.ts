import { setTimeout as sleep } from 'node:timers/promises'

/** Waits; ends at once, with the signal's reason, when the deployment is stopped. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted())
}

/**
 * Repeats an observation until it returns something, or until the time is over.
 * @returns what was observed, or undefined when the time was over
 */
export async function within<T>(
  timeoutMs: number,
  signal: AbortSignal,
  observe: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const deadline = performance.now() + timeoutMs
  do {
    signal.throwIfAborted()
    const seen = await observe()
    if (seen !== undefined) return seen
  } while (performance.now() < deadline)
  return undefined
}
