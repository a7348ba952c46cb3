import {
  type Comparison,
  cleanRequests,
  compare,
  isCanaryAccepted,
  isCanaryWorse,
  isStableHit,
} from './compare.ts'
import type { Arm, Evidence, Source } from './evidence.ts'
import type { Trials } from './sprt.ts'

export interface Policy {
  /** No promotion before. */
  minimumMs: number
  /** No waiting after; at least `minimumMs`. */
  maximumMs: number
  /** What happens when `maximumMs` is over without a conclusion. */
  onTooLittle: 'promote-if-probes-pass' | 'pause'
}

export type Verdict =
  | { kind: 'wait' }
  | { kind: 'promote'; why: string }
  | { kind: 'roll-back'; why: string }
  /** Both arms are hit, or no conclusion is possible: stop and alert, blame nobody. */
  | { kind: 'hold'; why: string }

/** With one probe in 2 s, two minutes suffice for a promotion where there are no visitors. */
export const defaultPolicy: Policy = { minimumMs: 120_000, maximumMs: 600_000, onTooLittle: 'pause' }

/** As many as Wald's test takes to accept an errorless canary beside an errorless release. */
const cleanRequestsNeeded = 50
const passedProbesNeeded = 20

const asked: Readonly<Record<Source, string>> = { visitors: 'requests of visitors', probes: 'probes' }

/**
 * Decides about a canary by Wald's sequential probability ratio test (1945; see sprt.ts): errors and slow answers, of
 * visitors and of probes, each against the live release in the same time. A verdict other than `wait` ends the canary.
 *
 * The answer depends on the evidence alone, so one may ask as often as one likes. Who asks rarely gets fewer false
 * alarms and later verdicts. Because the counts are cumulative, a fault that begins late has to outweigh what went well
 * before. The test's risks hold for known rates; that they also hold with the live release's rates, which are estimated
 * at every look, and on the safe side, is shown by simulation (simulate.test.ts).
 */
export function judge(evidence: Evidence, policy: Policy): Verdict {
  const { canary, elapsedMs } = evidence
  const comparisons = compare(evidence)
  const worse = comparisons.find(isCanaryWorse)
  if (worse !== undefined) return { kind: 'roll-back', why: describeWorse(worse) }
  const hit = comparisons.find(isStableHit)
  if (hit !== undefined) return { kind: 'hold', why: describeHit(hit) }
  if (elapsedMs >= policy.minimumMs && isProven(canary, comparisons))
    return { kind: 'promote', why: `as good as the live release in ${cleanRequests(canary)} clean requests` }
  if (elapsedMs >= policy.maximumMs) return concludeTooLittle(canary, policy)
  return { kind: 'wait' }
}

function isProven(canary: Arm, comparisons: readonly Comparison[]): boolean {
  return cleanRequests(canary) >= cleanRequestsNeeded && isCanaryAccepted(comparisons)
}

/** The probes are the whole answer here: whatever visitors met was too little to tell. */
function concludeTooLittle({ probes }: Arm, { onTooLittle }: Policy): Verdict {
  const why = `no conclusion in time; ${probes.errors} of ${probes.requests} probes of the new release failed`
  const pass = probes.errors === 0 && probes.requests >= passedProbesNeeded
  return { kind: pass && onTooLittle === 'promote-if-probes-pass' ? 'promote' : 'hold', why }
}

function describeWorse({ source, trait, canary, stable }: Comparison): string {
  return `${outOf(canary)} ${asked[source]} ${trait.did} on the new release, ${outOf(stable)} on the live one`
}

function describeHit({ source, trait, stable, normal }: Comparison): string {
  const limit = `${(normal.atMost * 100).toFixed(1)} %`
  return `${outOf(stable)} ${asked[source]} ${trait.did} on the live release itself, where up to ${limit} is normal`
}

function outOf({ events, count }: Trials): string {
  return `${events} of ${count}`
}
