import { MuelleError } from '../../errors/muelle-error.ts'
import type { Site } from '../../gateway/config/model.ts'
import type { Visit } from '../../gateway/visits.ts'
import type { Arm, ArmCounts, Evidence } from '../canary/evidence.ts'
import { judge as decide, type Verdict } from '../canary/judge.ts'
import { bounds, logLikelihoodRatio } from '../canary/sprt.ts'
import type { Context, Operation } from '../operation.ts'
import type { StepOf } from '../step.ts'
import { isHealthy } from './ask.ts'
import { healUnanswering } from './heal.ts'
import { describeSite } from './reach.ts'

/** Visits of the last ten minutes and a quick series of probes say how the live release does by itself. */
const baseline = { visitsMs: 600_000, probes: 30, everyMs: 100 }
const probeEveryMs = 2000
/** Fewer answers than this do not tell where the slowest twentieth begins. */
const answersForPercentile = 100

export const judge: Operation<StepOf<'judge'>> = {
  run: async (step, context) => {
    // One that was meant for an earlier canary. What is decided while this one begins counts.
    context.store.takeDecision(context.app.name)
    const trial = await beginTrial(step, context)
    while (true) {
      await trial.observe()
      const verdict = decide(trial.evidence(), step.policy)
      if (verdict.kind === 'promote' || context.store.takeDecision(context.app.name) === 'promote') return
      if (verdict.kind === 'roll-back') throw faulty(step.release, verdict.why)
      if (verdict.kind === 'hold') {
        tellOfHold(verdict, context)
        trial.startAnew()
      }
      await context.clock.sleep(probeEveryMs, context.signal)
    }
  },
}

/** Whether the release, which has all the traffic now, does as well as the one before did. */
export const watch: Operation<StepOf<'watch'>> = {
  run: async ({ release, from, forMs }, context) => {
    const { clock, engine, gateway, pod, app } = context
    const site = await describeSite(context)
    const before = from === undefined ? [] : await recentVisits(from, context)
    const normal = Math.max(rate(before.map(isError)), 0.005)
    const hypotheses = { healthy: normal, broken: Math.max(0.05, Math.min(0.9, 5 * normal)) }
    const limit = bounds({ falseAlarm: 0.01, miss: 0.1 }).broken
    const began = await engine.date()
    const until = clock.now() + forMs
    let failedInARow = 0
    while (clock.now() < until) {
      const probed = await ask(release, site, context)
      failedInARow = probed.isError ? failedInARow + 1 : 0
      if (failedInARow === 3) throw faulty(release, 'three probes in a row failed')
      const { visits } = await gateway.visits(pod, app.name, began)
      const own = visits.filter((visit) => visit.release === release)
      const trials = { count: own.length, events: own.filter(isError).length }
      if (logLikelihoodRatio(trials, hypotheses) >= limit) {
        throw faulty(release, `${trials.events} of ${trials.count} requests of visitors failed`)
      }
      await clock.sleep(1000, context.signal)
    }
  },
}

interface Trial {
  /** One probe of each release, and the visits since the last. */
  observe(): Promise<void>
  evidence(): Evidence
  /** Forgets what was seen, so that a fault that has passed no longer counts. */
  startAnew(): void
}

async function beginTrial({ release, from }: StepOf<'judge'>, context: Context): Promise<Trial> {
  const { app, clock, engine, gateway, pod } = context
  const site = await describeSite(context)
  const visitsBefore = await recentVisits(from, context)
  const probesBefore: Probed[] = []
  for (let count = 0; count < baseline.probes; count++) {
    probesBefore.push(await ask(from, site, context))
    await clock.sleep(baseline.everyMs, context.signal)
  }
  const slowVisit = percentile95(visitsBefore.map(({ durationMs }) => durationMs))
  const slowProbe = percentile95(probesBefore.map(({ durationMs }) => durationMs))
  let seen = await engine.date()
  let began = clock.now()
  let arms = { stable: emptyArm(), canary: emptyArm() }
  return {
    observe: async () => {
      const [stable, canary] = [await ask(from, site, context), await ask(release, site, context)]
      count(arms.stable.probes, stable, slowProbe)
      count(arms.canary.probes, canary, slowProbe)
      const { visits, until } = await gateway.visits(pod, app.name, seen)
      seen = until
      for (const visit of visits) {
        const arm = visit.release === release ? arms.canary : visit.release === from ? arms.stable : undefined
        if (arm !== undefined) count(arm.visitors, { ...visit, isError: isError(visit) }, slowVisit)
      }
    },
    evidence: () => ({
      ...arms,
      baseline: {
        visitors: { requests: visitsBefore.length, errors: visitsBefore.filter(isError).length },
        probes: {
          requests: probesBefore.length,
          errors: probesBefore.filter((probed) => probed.isError).length,
        },
      },
      elapsedMs: clock.now() - began,
    }),
    startAnew: () => {
      arms = { stable: emptyArm(), canary: emptyArm() }
      began = clock.now()
    },
  }
}

interface Probed {
  isError: boolean
  durationMs: number
}

async function ask(release: number, site: Site, context: Context): Promise<Probed> {
  const { app, clock, gateway, pod } = context
  const began = clock.now()
  const { path } = app.web.health
  const answer = await gateway.ask(pod, { site }, { path, release }).catch(() => healUnanswering(context))
  const isError = !answer || !isHealthy(answer.status, app.web.health)
  return { isError, durationMs: clock.now() - began }
}

async function recentVisits(release: number, { app, engine, gateway, pod }: Context): Promise<Visit[]> {
  const { visits } = await gateway.visits(pod, app.name, (await engine.date()) - baseline.visitsMs)
  return visits.filter((visit) => visit.release === release)
}

function count(counts: ArmCounts, { isError, durationMs }: Probed, slowFrom: number | undefined): void {
  counts.requests++
  if (isError) counts.errors++
  else if (slowFrom !== undefined && durationMs > slowFrom) counts.slow++
}

function emptyArm(): Arm {
  return { visitors: { requests: 0, errors: 0, slow: 0 }, probes: { requests: 0, errors: 0, slow: 0 } }
}

function isError({ status }: Visit): boolean {
  return status >= 500
}

function rate(events: readonly boolean[]): number {
  return events.length === 0 ? 0 : events.filter(Boolean).length / events.length
}

function percentile95(values: readonly number[]): number | undefined {
  if (values.length < answersForPercentile) return undefined
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.95)]
}

function tellOfHold({ why }: Extract<Verdict, { why: string }>, { app, note }: Context): void {
  note(
    `The canary waits: ${why}. Decide in another terminal:  muelle canary promote ${app.name}   or stop here with Ctrl-C, which takes it back.`,
  )
}

function faulty(release: number, why: string): MuelleError {
  return new MuelleError('RELEASE_FAULTY', `Release ${release} did worse than the one before: ${why}.`, {
    hint: 'Traffic is back on the previous release. Look at what failed:  muelle logs',
  })
}
