import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Arm, ArmCounts, Evidence } from './evidence.ts'
import { defaultPolicy, judge, type Policy } from './judge.ts'
import { bounds, logLikelihoodRatio } from './sprt.ts'

const counts = (requests = 0, errors = 0, slow = 0): ArmCounts => ({ requests, errors, slow })
const arm = (probes: ArmCounts, visitors = counts()): Arm => ({ visitors, probes })
/** Three minutes into a canary: early enough to wait and late enough to promote. */
const evidence = (parts: Partial<Evidence>): Evidence => ({
  stable: arm(counts(90)),
  canary: arm(counts(90)),
  baseline: { visitors: counts(1000, 3), probes: counts(200) },
  elapsedMs: 180_000,
  ...parts,
})
const verdict = (parts: Partial<Evidence>, policy: Partial<Policy> = {}) =>
  judge(evidence(parts), { ...defaultPolicy, ...policy })
const kind = (parts: Partial<Evidence>, policy: Partial<Policy> = {}) => verdict(parts, policy).kind

describe('the sequential test', () => {
  test('accepts a release without errors after 50 requests, whether the false alarm is 1 % or less', () => {
    const ratio = (count: number) =>
      logLikelihoodRatio({ count, events: 0 }, { healthy: 0.005, broken: 0.05 })
    for (const falseAlarm of [0.01, 0.0025]) {
      const { healthy } = bounds({ falseAlarm, miss: 0.1 })
      assert.ok(ratio(49) > healthy && ratio(50) <= healthy)
    }
  })
  test('adds up to the same, in whatever batches the trials come', () => {
    const rates = { healthy: 0.05, broken: 0.25 }
    const parts = [
      { count: 10, events: 0 },
      { count: 30, events: 7 },
    ].map((trials) => logLikelihoodRatio(trials, rates))
    const whole = logLikelihoodRatio({ count: 40, events: 7 }, rates)
    assert.ok(Math.abs(parts.reduce((a, b) => a + b) - whole) < 1e-9)
  })
})

describe('promotion', () => {
  test('comes with 50 clean requests, and not with 49', () => {
    assert.equal(kind({ canary: arm(counts(49)) }), 'wait')
    assert.deepEqual(verdict({ canary: arm(counts(50)) }), {
      kind: 'promote',
      why: 'as good as the live release in 50 clean requests',
    })
  })
  test('takes as many where errors are normal, and fewer would do for the test', () => {
    const normal = {
      stable: arm(counts(90, 9)),
      baseline: { visitors: counts(), probes: counts(200, 20) },
    }
    assert.equal(kind({ ...normal, canary: arm(counts(49)) }), 'wait')
    assert.equal(kind({ ...normal, canary: arm(counts(50)) }), 'promote')
  })
  test('counts the clean requests of visitors and probes together', () => {
    assert.equal(kind({ canary: arm(counts(40), counts(10)) }), 'promote')
  })
  test('does not come before its time, however good the canary is', () => {
    const good = { stable: arm(counts(5000)), canary: arm(counts(5000)) }
    assert.equal(kind({ ...good, elapsedMs: defaultPolicy.minimumMs - 1 }), 'wait')
    assert.equal(kind({ ...good, elapsedMs: defaultPolicy.minimumMs }), 'promote')
  })
  test('waits after an error until it is outweighed', () => {
    assert.equal(kind({ canary: arm(counts(90, 1)) }), 'wait')
    assert.equal(kind({ canary: arm(counts(110, 1)) }), 'promote')
  })
  test('waits when a visitor met an error, however many probes passed', () => {
    assert.equal(
      kind({ stable: arm(counts(250), counts(90)), canary: arm(counts(250), counts(10, 1)) }),
      'wait',
    )
  })
  test('does not follow from a live release that has become as bad', () => {
    const failing = arm(counts(90, 4))
    assert.equal(kind({ stable: failing, canary: failing }), 'wait')
  })
})

describe('a roll-back', () => {
  test('follows errors of the canary, before any least time', () => {
    const canary = arm(counts(30, 8))
    assert.deepEqual(verdict({ canary, elapsedMs: 60_000 }), {
      kind: 'roll-back',
      why: '8 of 30 probes failed on the new release, 0 of 90 on the live one',
    })
  })
  test('follows slow answers of the canary', () => {
    const canary = arm(counts(30, 0, 18))
    assert.deepEqual(verdict({ canary }), {
      kind: 'roll-back',
      why: '18 of 30 probes were slow on the new release, 0 of 90 on the live one',
    })
  })
  test('follows errors that only visitors meet', () => {
    const canary = arm(counts(300), counts(30, 6))
    const stable = arm(counts(300), counts(270, 1))
    assert.match(JSON.stringify(verdict({ canary, stable })), /6 of 30 requests of visitors failed/)
  })
  test('follows slow answers even among errors that come fast, which are normal here', () => {
    const normal = {
      stable: arm(counts(90, 45, 2)),
      baseline: { visitors: counts(), probes: counts(200, 100) },
    }
    assert.match(
      JSON.stringify(verdict({ ...normal, canary: arm(counts(40, 20, 9)) })),
      /9 of 20 probes were slow on the new release, 2 of 45/,
    )
  })
  test('follows when every request fails beside a release with many errors', () => {
    const normal = { stable: arm(counts(90, 27)), baseline: { visitors: counts(), probes: counts(200, 60) } }
    assert.equal(kind({ ...normal, canary: arm(counts(60, 60)) }), 'roll-back')
  })
  test('follows when the live release is hit too, but the canary clearly more', () => {
    assert.equal(kind({ stable: arm(counts(90, 12)), canary: arm(counts(90, 80)) }), 'roll-back')
  })
  test('does not follow while the live release is little known', () => {
    const canary = arm(counts(10, 3))
    assert.equal(kind({ canary, stable: arm(counts(10)) }), 'wait')
    assert.equal(kind({ canary, stable: arm(counts(300)) }), 'roll-back')
  })
})

describe('a hold', () => {
  test('follows a fault of both arms, and names the live release', () => {
    const failing = arm(counts(60, 18))
    assert.deepEqual(verdict({ stable: failing, canary: failing }), {
      kind: 'hold',
      why: '18 of 60 probes failed on the live release itself, where up to 0.8 % is normal',
    })
  })
  test('follows slow answers of both arms', () => {
    const slow = arm(counts(60, 0, 36))
    assert.equal(kind({ stable: slow, canary: slow }), 'hold')
  })
  test('follows a fault of both arms also where nothing is known from before', () => {
    const failing = arm(counts(60, 18))
    const baseline = { visitors: counts(), probes: counts() }
    assert.equal(kind({ stable: failing, canary: failing, baseline }), 'hold')
  })
  test('does not follow errors that the live release always had', () => {
    const failing = arm(counts(60, 9))
    const baseline = { visitors: counts(), probes: counts(200, 30) }
    assert.equal(kind({ stable: failing, canary: failing, baseline }), 'promote')
  })
})

describe('the end of the time without a conclusion', () => {
  const elapsedMs = defaultPolicy.maximumMs
  const promoting = { onTooLittle: 'promote-if-probes-pass' } as const

  test('is a hold when the policy says to pause', () => {
    assert.deepEqual(verdict({ canary: arm(counts(30)), elapsedMs }), {
      kind: 'hold',
      why: 'no conclusion in time; 0 of 30 probes of the new release failed',
    })
  })
  test('is a promotion when the policy allows it and enough probes all passed', () => {
    assert.equal(kind({ canary: arm(counts(20)), elapsedMs }, promoting), 'promote')
    assert.equal(kind({ canary: arm(counts(19)), elapsedMs }, promoting), 'hold')
    assert.equal(kind({ canary: arm(counts(30, 1)), elapsedMs }, promoting), 'hold')
  })
  test('is no end when there is a conclusion', () => {
    assert.equal(kind({ elapsedMs }), 'promote')
    assert.equal(kind({ canary: arm(counts(90, 40)), elapsedMs }, promoting), 'roll-back')
  })
})

const anyCounts: fc.Arbitrary<ArmCounts> = fc
  .tuple(fc.nat(2000), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([requests, errorShare, slowShare]) => {
    const errors = Math.round(requests * errorShare ** 3)
    return counts(requests, errors, Math.round((requests - errors) * slowShare ** 3))
  })
const anyArm: fc.Arbitrary<Arm> = fc.record({ visitors: anyCounts, probes: anyCounts })
const anyEvidence: fc.Arbitrary<Evidence> = fc.record({
  stable: anyArm,
  canary: anyArm,
  baseline: anyArm,
  elapsedMs: fc.nat(700_000),
})
const anyPolicy: fc.Arbitrary<Policy> = fc.record({
  minimumMs: fc.nat(300_000),
  maximumMs: fc.integer({ min: 300_000, max: 600_000 }),
  onTooLittle: fc.constantFrom('promote-if-probes-pass', 'pause'),
})

/** Every rule holds for whatever the counts are. */
const always = (name: string, rule: (evidence: Evidence, policy: Policy) => void) =>
  test(name, () => fc.assert(fc.property(anyEvidence, anyPolicy, rule), { numRuns: 500 }))

describe('whatever is known', () => {
  always(
    'a canary with two errors and two slow answers of each source is not rolled back',
    (known, policy) => {
      const few = ({ requests }: ArmCounts) => counts(requests + 4, 2, 2)
      const canary = { visitors: few(known.canary.visitors), probes: few(known.canary.probes) }
      assert.notEqual(judge({ ...known, canary }, policy).kind, 'roll-back')
    },
  )
  always('a canary that does exactly as the live release is not rolled back', (known, policy) => {
    assert.notEqual(judge({ ...known, canary: known.stable }, policy).kind, 'roll-back')
  })
  always('one more error does not save a canary', (known, policy) => {
    const { visitors, probes } = known.canary
    fc.pre(probes.requests > probes.errors + probes.slow)
    const worse = { visitors, probes: { ...probes, errors: probes.errors + 1 } }
    if (judge(known, policy).kind === 'roll-back')
      assert.equal(judge({ ...known, canary: worse }, policy).kind, 'roll-back')
  })
  always('one more error of the live release does not condemn a canary', (known, policy) => {
    const { visitors, probes } = known.stable
    fc.pre(probes.requests > probes.errors + probes.slow)
    const stable = { visitors, probes: { ...probes, errors: probes.errors + 1 } }
    if (judge(known, policy).kind !== 'roll-back')
      assert.notEqual(judge({ ...known, stable }, policy).kind, 'roll-back')
  })
  always('a canary is not promoted before its time', (known, policy) => {
    const early = { ...known, elapsedMs: Math.min(known.elapsedMs, policy.minimumMs - 1) }
    assert.notEqual(judge(early, policy).kind, 'promote')
  })
  always('a promotion in time has 50 clean requests', (known, policy) => {
    const inTime = { ...known, elapsedMs: Math.min(known.elapsedMs, policy.maximumMs - 1) }
    const { visitors, probes } = known.canary
    if (judge(inTime, policy).kind === 'promote')
      assert.ok(visitors.requests + probes.requests - visitors.errors - probes.errors >= 50)
  })
  always('there is a verdict when the time is over', (known, policy) => {
    assert.notEqual(judge({ ...known, elapsedMs: policy.maximumMs }, policy).kind, 'wait')
  })
  always('no data means to wait until then', ({ baseline, elapsedMs }, policy) => {
    const nothing = { stable: arm(counts()), canary: arm(counts()), baseline, elapsedMs }
    assert.equal(judge(nothing, policy).kind, elapsedMs < policy.maximumMs ? 'wait' : 'hold')
  })
})
