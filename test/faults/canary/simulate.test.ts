import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { defaultPolicy } from '../../../src/deploy/canary/judge.ts'
import { seededRandom } from '../../support/random.ts'
import { type Behaviour, type Row, type Scenario, simulate, type Traffic } from './simulate.ts'

const canaries = 2000
const ratesOfTraffic = [0, 2, 10, 60]
const traffic: Traffic = {
  canaryShare: 0.1,
  probeIntervalMs: 2000,
  probesPerQuestion: 2,
  baseline: { durationMs: 600_000, probes: 30 },
}

/** Slow is what 5 % of the live release's answers were before. */
const behaving = (errorRate: number, slowRate = 0.05): Behaviour => ({ errorRate, slowRate })
const usual = behaving(0.003)

const run = (
  scenario: Omit<Scenario, 'name'>,
  changes: Partial<Traffic> = {},
  requestsPerMinute = ratesOfTraffic,
): Row[] =>
  simulate({
    scenarios: [{ name: 'app', ...scenario }],
    requestsPerMinute,
    canaries,
    traffic: { ...traffic, ...changes },
    policy: defaultPolicy,
    random: seededRandom(1945),
  })

/** Checks a share of every row, and shows the row that fails. */
function everyRow(rows: readonly Row[], holds: (row: Row) => boolean): void {
  assert.notEqual(rows.length, 0)
  assert.deepEqual(
    rows.filter((row) => !holds(row)),
    [],
  )
}

describe('at 0, 2, 10 and 60 requests a minute', () => {
  test('a healthy canary with the usual errors is rolled back in at most 1 %, and mostly promoted', () => {
    const rows = run({ stable: usual, canary: usual })
    everyRow(rows, ({ rolledBack, promoted }) => rolledBack <= 0.01 && promoted >= 0.95)
  })
  test('a healthy canary without errors is rolled back in at most 1 %, and mostly promoted', () => {
    const rows = run({ stable: behaving(0), canary: behaving(0) })
    everyRow(rows, ({ rolledBack, promoted }) => rolledBack <= 0.01 && promoted >= 0.95)
  })
  test('a canary with 20 % errors is rolled back', () => {
    everyRow(run({ stable: usual, canary: behaving(0.2) }), ({ rolledBack }) => rolledBack >= 0.94)
  })
  test('a canary with 60 % slow answers is rolled back', () => {
    everyRow(run({ stable: usual, canary: behaving(0.003, 0.6) }), ({ rolledBack }) => rolledBack >= 0.94)
  })
  test('a fault that hits both releases is blamed on the canary in at most 1 %', () => {
    const sharedFault = { behaviour: behaving(0.3), withinMs: defaultPolicy.minimumMs }
    const rows = run({ stable: usual, canary: usual, sharedFault })
    everyRow(rows, ({ rolledBack, held }) => rolledBack <= 0.01 && held >= 0.9)
  })
  test('neither is one that is there from the start, when the live release is hardly known', () => {
    const sharedFault = { behaviour: behaving(0.3), withinMs: 0 }
    everyRow(run({ stable: usual, canary: usual, sharedFault }), ({ rolledBack }) => rolledBack <= 0.01)
  })
})

test('to ask the judge only every 30 s changes neither what is spared nor what is caught', () => {
  const rarely = { probesPerQuestion: 15 }
  everyRow(run({ stable: usual, canary: usual }, rarely, [0, 60]), ({ rolledBack }) => rolledBack <= 0.01)
  everyRow(
    run({ stable: usual, canary: behaving(0.2) }, rarely, [0, 60]),
    ({ rolledBack }) => rolledBack >= 0.94,
  )
})

test('errors that only visitors meet are found where there are enough visitors', () => {
  const [row] = run({ stable: usual, canary: behaving(0.2), canaryProbes: usual }, {}, [60])
  assert.ok(row !== undefined && row.rolledBack >= 0.85)
})

describe('the random numbers', () => {
  test('are the same for the same seed, and others for another', () => {
    const three = (seed: number) => Array.from({ length: 3 }, seededRandom(seed))
    assert.deepEqual(three(7), three(7))
    assert.notDeepEqual(three(7), three(8))
  })
  test('are spread evenly from 0 to 1', () => {
    const tenths = Array.from({ length: 10 }, () => 0)
    const random = seededRandom(3)
    for (let draw = 0; draw < 10_000; draw++) {
      const tenth = Math.floor(random() * 10)
      tenths[tenth] = (tenths[tenth] ?? Number.NaN) + 1
    }
    assert.ok(tenths.every((draws) => draws > 850 && draws < 1150))
  })
})
