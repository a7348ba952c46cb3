/** One request and what came of it. Times are `nowMs()`; `lost` is absent exactly when a 2xx arrived in full. */
export interface Exchange {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly scheduledAtMs: number
  readonly sentAtMs: number
  readonly receivedAtMs: number
  /** Whether it travelled on a connection that had already served a request. */
  readonly reused: boolean
  /** `X-App-Version` of the answer; empty when the answer had none. */
  readonly version: string
  /** What a POST carried, and the id that the server gave it. */
  readonly code?: string
  readonly id?: number
  readonly lost?: string
}
