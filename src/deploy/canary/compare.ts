import type { Arm, ArmCounts, ErrorCounts, Evidence, Source } from './evidence.ts'
import { bounds, type Hypotheses, logLikelihoodRatio, type Trials } from './sprt.ts'

/** What is tested of each source. */
interface Trait {
  /** What such a request did, for a person. */
  did: string
  trials: (counts: ArmCounts) => Trials
  normal: (baseline: ErrorCounts) => NormalRate
  /** The rates are taken as at least these. */
  healthyAtLeast: number
  brokenAtLeast: number
}

/** What the live release's rate was before the canary: as observed, and what it may have been. */
interface NormalRate {
  observed: number
  atMost: number
}

/** One trait of one source, on both arms and before the canary. */
export interface Comparison {
  source: Source
  trait: Trait
  canary: Trials
  stable: Trials
  normal: NormalRate
}

const sources: readonly Source[] = ['visitors', 'probes']

const failing: Trait = {
  did: 'failed',
  trials: failures,
  normal: (baseline) => normalErrorRate(failures(baseline)),
  healthyAtLeast: 0.005,
  brokenAtLeast: 0.05,
}

const slowness: Trait = {
  did: 'were slow',
  // Without errors, because one that comes at once says nothing good about speed.
  trials: ({ requests, errors, slow }) => ({ count: requests - errors, events: slow }),
  // 5 % by definition. But when the percentile was taken from 100 requests, the share beyond it may as well be 10 %
  // (the 95 % quantile of the distribution Beta(6, 95)).
  normal: () => ({ observed: 0.1, atMost: 0.1 }),
  healthyAtLeast: 0.05,
  brokenAtLeast: 0.25,
}

const traits: readonly Trait[] = [failing, slowness]

/** A release is broken when it has this many times the events of a healthy one, and no rate is taken as higher. */
const brokenFactor = 5
const rateAtMost = 0.95
/** A short baseline leaves doubt, but not so much that it could excuse a fault. */
const normalErrorRateInDoubt = 0.05
/** Of the normal distribution, at 90 %. */
const quantile = 1.2816

/**
 * A healthy canary is to be rolled back in at most 1 of 100 cases. Each trait of each source can raise the false alarm,
 * so each gets a quarter of that (Bonferroni). The tests of the live release are as many and have 1 % of their own.
 */
const bound = bounds({ falseAlarm: 0.01 / (traits.length * sources.length), miss: 0.1 })

export function compare({ stable, canary, baseline }: Evidence): Comparison[] {
  return sources.flatMap((source) =>
    traits.map((trait) => ({
      source,
      trait,
      canary: trait.trials(canary[source]),
      stable: trait.trials(stable[source]),
      normal: trait.normal(baseline[source]),
    })),
  )
}

/**
 * The canary is broken, if the live release is healthy. It is measured by the highest rate that the live release may
 * have: one that was asked five times has not shown to be without errors, and a fault that hits both arms may show on
 * the canary first.
 */
export function isCanaryWorse({ trait, canary, stable }: Comparison): boolean {
  return logLikelihoodRatio(canary, hypotheses(trait, upperRate(stable))) >= bound.broken
}

/** The live release is broken, if it was healthy before. */
export function isStableHit({ trait, stable, normal }: Comparison): boolean {
  return logLikelihoodRatio(stable, hypotheses(trait, normal.atMost)) >= bound.broken
}

/** For each trait the sources together accept the canary, and none speaks against it: few visitors are heard too. */
export function isCanaryAccepted(comparisons: readonly Comparison[]): boolean {
  return traits.every((trait) => {
    const ratios = comparisons.filter((comparison) => comparison.trait === trait).map(acceptanceRatio)
    return ratios.every((ratio) => ratio <= 0) && sum(ratios) <= bound.healthy
  })
}

/** Measured by the lower rate of the live release, now or before: a fault of it is no merit of the canary. */
function acceptanceRatio({ trait, canary, stable, normal }: Comparison): number {
  return logLikelihoodRatio(canary, hypotheses(trait, Math.min(rate(stable), normal.observed)))
}

/** The requests of an arm that were answered without an error, whoever asked. */
export function cleanRequests(arm: Arm): number {
  return sum(sources.map((source) => arm[source].requests - arm[source].errors))
}

/** With a live release that fails nearly always both rates are the same, and no trials tell them apart. */
function hypotheses({ healthyAtLeast, brokenAtLeast }: Trait, stableRate: number): Hypotheses {
  const healthy = Math.min(Math.max(stableRate, healthyAtLeast), rateAtMost)
  const broken = Math.min(Math.max(brokenFactor * healthy, brokenAtLeast), rateAtMost)
  return { healthy, broken }
}

function failures({ requests, errors }: ErrorCounts): Trials {
  return { count: requests, events: errors }
}

function normalErrorRate(baseline: Trials): NormalRate {
  const observed = rate(baseline)
  return { observed, atMost: Math.max(observed, Math.min(upperRate(baseline), normalErrorRateInDoubt)) }
}

function rate({ count, events }: Trials): number {
  return count === 0 ? 0 : events / count
}

/**
 * The upper end of the one-sided 90 % confidence interval of a rate (E. B. Wilson, "Probable Inference", Journal of the
 * American Statistical Association 22, 1927). Without trials it is 1.
 */
function upperRate(trials: Trials): number {
  const { count, events } = trials
  const variance = events * (1 - rate(trials))
  const deviation = quantile * Math.sqrt(variance + quantile ** 2 / 4)
  return (events + quantile ** 2 / 2 + deviation) / (count + quantile ** 2)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
