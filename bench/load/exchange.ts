import type { Outcome } from './outcome.ts'

/** One request and what came of it. Times are `nowMs()`; `lost` is absent exactly when a 2xx arrived in full. */
export interface Exchange extends Readonly<Outcome> {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly scheduledAtMs: number
  readonly sentAtMs: number
  readonly receivedAtMs: number
  /** Whether it travelled on a connection that had already served a request. */
  readonly reused: boolean
}
