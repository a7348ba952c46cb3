/** Requests that have ended. */
export interface ErrorCounts {
  requests: number
  /** 5xx answers, time-outs and lost connections. */
  errors: number
}

export interface ArmCounts extends ErrorCounts {
  /**
   * Answers, errors excluded, that took longer than 95 % of the live release's did before the canary, to the same
   * source.
   */
  slow: number
}

/**
 * Visitors and Muelle's own probes are two samples and are never added up. Each arm gets as many probes as the other,
 * but the canary only a small share of the visitors. So the totals of the arms would be different mixtures, and a
 * difference between probes and visitors would look like one between releases. And clean probes of one page would hide
 * errors on the pages that visitors ask for.
 */
export interface Arm {
  visitors: ArmCounts
  probes: ArmCounts
}

export type Source = keyof Arm

/** What is known when the judge is asked. The counts of both arms are cumulative since the canary began. */
export interface Evidence {
  /** The live release. */
  stable: Arm
  /** The new release. */
  canary: Arm
  /**
   * The live release before the canary began; zeros when nothing is known. The fewer requests, the rarer the promotion
   * of a canary whose live release has errors of its own.
   */
  baseline: Record<Source, ErrorCounts>
  elapsedMs: number
}
