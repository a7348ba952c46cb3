import { parseArgs } from 'node:util'
import { progress, runBench } from '../../bench/run.ts'
import { defaultPolicy } from '../../src/deploy/canary/judge.ts'
import { seededRandom } from '../support/random.ts'
import { simulate } from './canary/simulate.ts'

const { values } = parseArgs({
  options: { canaries: { type: 'string', default: '2000' }, seed: { type: 'string', default: '1945' } },
})

const behaves = (errorRate: number, slowRate = 0.05) => ({ errorRate, slowRate })
const usual = behaves(0.003)
const bothFail = (withinMs: number) => ({ behaviour: behaves(0.3), withinMs })

/** Shares of the verdicts, in percent, that a row has to stay within. */
const scenarios = [
  { name: 'healthy, 0.3% errors', stable: usual, canary: usual, rolledBackAtMost: 1 },
  { name: 'healthy, no errors', stable: behaves(0), canary: behaves(0), rolledBackAtMost: 1 },
  { name: '20% errors', stable: usual, canary: behaves(0.2), rolledBackAtLeast: 94 },
  { name: '60% slow', stable: usual, canary: behaves(0.003, 0.6), rolledBackAtLeast: 94 },
  {
    name: 'both fail, soon',
    stable: usual,
    canary: usual,
    sharedFault: bothFail(120_000),
    rolledBackAtMost: 1,
  },
  { name: 'both fail, at once', stable: usual, canary: usual, sharedFault: bothFail(0), rolledBackAtMost: 1 },
]

/** How often the judge of a canary is right, by traffic: Wald's test on a modelled app. */
await runBench(async () => {
  const rows = simulate({
    scenarios,
    requestsPerMinute: [0, 2, 10, 60],
    traffic: {
      canaryShare: 0.1,
      probeIntervalMs: 2000,
      probesPerQuestion: 2,
      baseline: { durationMs: 600_000, probes: 30 },
    },
    policy: defaultPolicy,
    canaries: Number(values.canaries),
    random: seededRandom(Number(values.seed)),
  })
  let wrong = 0
  for (const row of rows) {
    const wanted = scenarios.find(({ name }) => name === row.scenario)
    const rolledBack = 100 * row.rolledBack
    const isRight =
      rolledBack <= (wanted?.rolledBackAtMost ?? 100) && rolledBack >= (wanted?.rolledBackAtLeast ?? 0)
    if (!isRight) wrong++
    const verdicts = [row.promoted, row.rolledBack, row.held].map((share) => `${(100 * share).toFixed(2)}%`)
    progress(
      `${row.scenario}, ${row.requestsPerMinute}/min: promoted, rolled back, held ${verdicts.join(', ')}`,
    )
  }
  return { result: { rows: rows.length, wrong }, passed: wrong === 0 }
})
