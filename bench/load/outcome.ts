/** What came of a request or of a session. */
export interface Outcome {
  /** `X-App-Version` of the answer; empty when the answer had none. */
  version: string
  /** What was to be stored, and the id that the server gave it. */
  code?: string
  id?: number
  /** Why it did not end as it should have; absent exactly when it did. */
  lost?: string
  /** The server ended it early and said so, as the protocol provides for. */
  drained?: true
  /** The gateway ended it without a close frame, and no sooner than its documentation says that it may. */
  cut?: true
  /** How often it was sent again, because the server had said that it had not and would not process it. */
  retried?: number
}

/**
 * What comes of `run`, which fills in the outcome as it learns of it and throws when what it does is lost.
 * The signal aborts after `timeoutMs`. Never rejects.
 */
export async function observe(
  timeoutMs: number,
  run: (outcome: Outcome, signal: AbortSignal) => Promise<void>,
): Promise<Outcome> {
  const outcome: Outcome = { version: '' }
  try {
    await run(outcome, AbortSignal.timeout(timeoutMs))
    return outcome
  } catch (error) {
    return { ...outcome, lost: lossOf(error as Error, timeoutMs) }
  }
}

/** The code of the system error where there is one (ECONNRESET), else the message (socket hang up). */
function lossOf(error: Error & { code?: string }, timeoutMs: number): string {
  if (error.name === 'AbortError') return `no answer within ${timeoutMs / 1000} s`
  return error.code === undefined || error.code.startsWith('ERR_') ? error.message : error.code
}
