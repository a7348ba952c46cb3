/**
 * Wald's sequential probability ratio test of Bernoulli trials (A. Wald, "Sequential Tests of Statistical
 * Hypotheses", Annals of Mathematical Statistics 16, 1945): after any number of trials one may look, and either decide
 * or go on.
 */

/** Trials so far, and the events among them. An event is what is feared: an error, a slow answer. */
export interface Trials {
  count: number
  events: number
}

/** The rates of events that the test tells apart, above 0 and below 1. Wald's p0 and p1. */
export interface Hypotheses {
  healthy: number
  broken: number
}

/** The probabilities of the two wrong decisions. Wald's alpha and beta. */
export interface Risks {
  falseAlarm: number
  miss: number
}

/** How far the log-likelihood ratio has to go: up to `broken` or down to `healthy`. */
export interface Bounds {
  broken: number
  healthy: number
}

/**
 * The upper bound is 1 / falseAlarm and not Wald's slightly lower (1 - miss) / falseAlarm, because a test that has
 * reached its lower bound may have to go on here. By Ville's inequality (1939) a healthy one reaches this bound with at
 * most the probability `falseAlarm`, however long it lasts and whenever one looks.
 *
 * Who looks rarely sees the ratio beyond the bound rather than on it, or not at all when it has come back. Both make
 * false alarms rarer and the decision later, never the opposite.
 */
export function bounds({ falseAlarm, miss }: Risks): Bounds {
  return { broken: Math.log(1 / falseAlarm), healthy: Math.log(miss / (1 - falseAlarm)) }
}

/** How much better `broken` explains the trials than `healthy` does. Those of independent samples add up. */
export function logLikelihoodRatio({ count, events }: Trials, { healthy, broken }: Hypotheses): number {
  const ofEvent = Math.log(broken / healthy)
  const ofOther = Math.log((1 - broken) / (1 - healthy))
  return events * ofEvent + (count - events) * ofOther
}
