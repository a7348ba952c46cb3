import type { Arm, ArmCounts, Evidence, Source } from '../../../src/deploy/canary/evidence.ts'
import { judge, type Policy, type Verdict } from '../../../src/deploy/canary/judge.ts'
import type { Random } from '../../support/random.ts'

/** How a release answers: the share of requests that fail, and the share of the others that are slow. */
export interface Behaviour {
  errorRate: number
  slowRate: number
}

/** A modelled app, whose requests are independent of each other. */
export interface Scenario {
  name: string
  stable: Behaviour
  canary: Behaviour
  /** How the canary answers probes, when visitors meet something else. */
  canaryProbes?: Behaviour
  /** Both releases behave like this from some moment before `withinMs` on, any moment as likely as another. */
  sharedFault?: { behaviour: Behaviour; withinMs: number }
}

/** What is asked of the app, and how often the judge is asked. */
export interface Traffic {
  /** The canary's share of the visitors' requests, from 0 to 1. They arrive as a Poisson process. */
  canaryShare: number
  /** From one probe of each arm to the next. */
  probeIntervalMs: number
  /** The judge is asked after this many probes of each arm. */
  probesPerQuestion: number
  /** For how long the live release was watched before the canary, and how many probes it got in that time. */
  baseline: { durationMs: number; probes: number }
}

export interface SimulationOptions {
  scenarios: readonly Scenario[]
  /** Visitors' requests to both releases together. */
  requestsPerMinute: readonly number[]
  traffic: Traffic
  policy: Policy
  /** How many run for each scenario at each rate of requests. */
  canaries: number
  random: Random
}

/** What became of the canaries of one scenario at one rate of requests: shares from 0 to 1 with the sum 1. */
export interface Row {
  scenario: string
  requestsPerMinute: number
  promoted: number
  rolledBack: number
  held: number
  /** Half of the verdicts came sooner. */
  medianMs: number
}

type Conclusion = Exclude<Verdict['kind'], 'wait'>

interface World {
  scenario: Scenario
  requestsPerMinute: number
  traffic: Traffic
  policy: Policy
  random: Random
}

/** Runs canaries against modelled apps. The same numbers from `random` give the same rows. */
export function simulate({ scenarios, requestsPerMinute, canaries, ...rest }: SimulationOptions): Row[] {
  return scenarios.flatMap((scenario) =>
    requestsPerMinute.map((perMinute) => {
      const world: World = { scenario, requestsPerMinute: perMinute, ...rest }
      return summarise(
        world,
        Array.from({ length: canaries }, () => runCanary(world)),
      )
    }),
  )
}

interface End {
  conclusion: Conclusion
  elapsedMs: number
}

function summarise({ scenario, requestsPerMinute }: World, ends: readonly End[]): Row {
  const share = (kind: Conclusion) =>
    ends.filter(({ conclusion }) => conclusion === kind).length / ends.length
  const times = ends.map(({ elapsedMs }) => elapsedMs).sort((a, b) => a - b)
  return {
    scenario: scenario.name,
    requestsPerMinute,
    promoted: share('promote'),
    rolledBack: share('roll-back'),
    held: share('hold'),
    medianMs: times[Math.floor(times.length / 2)] ?? 0,
  }
}

/** Ends because the judge waits no longer than the policy allows. */
function runCanary(world: World): End {
  const evidence: Evidence = {
    stable: noArm(),
    canary: noArm(),
    baseline: observeBaseline(world),
    elapsedMs: 0,
  }
  const faultAtMs = world.random() * (world.scenario.sharedFault?.withinMs ?? 0)
  for (;;) {
    const verdict = judge(evidence, world.policy)
    if (verdict.kind !== 'wait') return { conclusion: verdict.kind, elapsedMs: evidence.elapsedMs }
    for (let probe = 0; probe < world.traffic.probesPerQuestion; probe++)
      observe(evidence, world, evidence.elapsedMs >= faultAtMs)
  }
}

/** One probe of each arm, and the visitors until the next. */
function observe(
  evidence: Evidence,
  { scenario, requestsPerMinute, traffic, random }: World,
  isLate: boolean,
): void {
  const fault = isLate ? scenario.sharedFault?.behaviour : undefined
  const ask = (arm: 'stable' | 'canary', source: Source) =>
    answer(evidence[arm][source], fault ?? behaviour(scenario, arm, source), random)
  ask('stable', 'probes')
  ask('canary', 'probes')
  const visitors = poisson((requestsPerMinute / 60_000) * traffic.probeIntervalMs, random)
  for (let visitor = 0; visitor < visitors; visitor++)
    ask(random() < traffic.canaryShare ? 'canary' : 'stable', 'visitors')
  evidence.elapsedMs += traffic.probeIntervalMs
}

function behaviour(scenario: Scenario, arm: 'stable' | 'canary', source: Source): Behaviour {
  const isOwn = arm === 'canary' && source === 'probes'
  return isOwn ? (scenario.canaryProbes ?? scenario.canary) : scenario[arm]
}

function observeBaseline({ scenario, requestsPerMinute, traffic, random }: World): Evidence['baseline'] {
  const { durationMs, probes } = traffic.baseline
  const baseline = noArm()
  for (let probe = 0; probe < probes; probe++) answer(baseline.probes, scenario.stable, random)
  const visitors = poisson((requestsPerMinute / 60_000) * durationMs, random)
  for (let visitor = 0; visitor < visitors; visitor++) answer(baseline.visitors, scenario.stable, random)
  return baseline
}

function answer(counts: ArmCounts, { errorRate, slowRate }: Behaviour, random: Random): void {
  counts.requests += 1
  if (random() < errorRate) counts.errors += 1
  else if (random() < slowRate) counts.slow += 1
}

/** The number of events in an interval, given its mean: exponential gaps are laid end to end until it is full. */
function poisson(mean: number, random: Random): number {
  let events = 0
  for (let gaps = exponential(random); gaps < mean; gaps += exponential(random)) events += 1
  return events
}

function exponential(random: Random): number {
  return -Math.log(1 - random())
}

function noArm(): Arm {
  return { visitors: noCounts(), probes: noCounts() }
}

function noCounts(): ArmCounts {
  return { requests: 0, errors: 0, slow: 0 }
}
