import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decideRecovery, undoOrder } from './recovery.ts'
import type { JournalPhase, Step } from './step.ts'

const reach = { arms: [1, 2] }
const steps: readonly Step[] = [
  { kind: 'create', release: 2, services: ['web'] },
  { kind: 'start', release: 2, services: ['web'] },
  { kind: 'stage', release: 2, reach, before: { arms: [1] } },
  { kind: 'switch', release: 2, from: 1 },
  { kind: 'start', release: 2, services: ['beat'] },
  { kind: 'activate', release: 2 },
  { kind: 'retire', releases: [1] },
]
const switched = 3
const activated = 5

/** The journal of a runner that died in the middle of the step at `position`. */
const diedAt = (position: number): Map<number, JournalPhase> =>
  new Map(steps.slice(0, position + 1).map((_, at) => [at, at === position ? 'started' : 'done']))
const decide = (phases: ReadonlyMap<number, JournalPhase>, live: number | undefined) =>
  decideRecovery({ steps, phases, to: 2 }, live)

describe('a deployment that died', () => {
  test('before its release had the traffic goes back', () => {
    for (let position = 0; position <= switched; position++) {
      assert.deepEqual(decide(diedAt(position), 1), { direction: 'back' })
    }
    assert.deepEqual(decide(diedAt(0), undefined), { direction: 'back' })
  })
  test('once its release has the traffic goes forward, from the step in which it died', () => {
    for (let position = switched; position < steps.length; position++) {
      assert.deepEqual(decide(diedAt(position), 2), { direction: 'forward', from: position })
    }
  })
  test('while it was going back goes on going back, although the traffic is still on its release', () => {
    const phases = diedAt(4)
    assert.deepEqual(decide(new Map(phases).set(4, 'failed'), 2), { direction: 'back' })
    assert.deepEqual(decide(new Map(phases).set(4, 'undone'), 2), { direction: 'back' })
  })
  test('in its clean-up finishes that, whatever failed in it and wherever the traffic went since', () => {
    const phases = diedAt(activated + 1)
    assert.deepEqual(decide(new Map(phases).set(6, 'failed'), 1), { direction: 'forward', from: 6 })
  })
  test('after its last step has nothing left to do', () => {
    assert.deepEqual(decide(diedAt(6).set(6, 'done'), 2), { direction: 'forward', from: steps.length })
  })
  test('never goes forward from a step that something earlier still needs', () => {
    const anyPhase = fc.constantFrom<JournalPhase>('started', 'done', 'failed', 'undone')
    fc.assert(
      fc.property(fc.array(anyPhase, { maxLength: steps.length }), fc.constantFrom(1, 2), (all, live) => {
        const phases = new Map(all.map((phase, at) => [at, phase] as const))
        const recovery = decide(phases, live)
        if (recovery.direction === 'back') return
        assert.ok(live === 2 || phases.get(activated) === 'done')
        for (let at = 0; at < recovery.from; at++) assert.equal(phases.get(at), 'done')
      }),
    )
  })
})

describe('data', () => {
  const swap = 3
  const restore: readonly Step[] = [
    { kind: 'fetch', point: 'p' },
    { kind: 'load', point: 'p', at: 'now' },
    { kind: 'stop', release: 2, services: ['web'] },
    { kind: 'swap', point: 'p', at: 'now' },
    { kind: 'start', release: 2, services: ['web'] },
  ]
  const decideData = (plan: readonly Step[], position: number, last: JournalPhase = 'started') => {
    const phases = new Map(plan.slice(0, position + 1).map((_, at) => [at, 'done' as JournalPhase]))
    return decideRecovery({ steps: plan, phases: phases.set(position, last), to: 2 }, 2)
  }

  test('of a backup that died is no backup, although its release is live', () => {
    const backup: readonly Step[] = [
      { kind: 'dump', point: 'p' },
      { kind: 'keep', point: 'p' },
    ]
    for (const position of backup.keys())
      assert.deepEqual(decideData(backup, position), { direction: 'back' })
  })
  test('that is a part of a deployment goes where its traffic is', () => {
    const steps: Step[] = [
      { kind: 'dump', point: 'p', release: 2 },
      { kind: 'switch', release: 2, from: 1 },
      { kind: 'activate', release: 2 },
    ]
    const phases = new Map([
      [0, 'done'],
      [1, 'done'],
    ] as const)
    assert.deepEqual(decideRecovery({ steps, phases, to: 2 }, 2), { direction: 'forward', from: 2 })
    assert.deepEqual(decideRecovery({ steps, phases, to: 2 }, 1), { direction: 'back' })
  })
  test('of a restore goes back until its databases may have changed names, then forward', () => {
    for (const position of restore.keys())
      assert.deepEqual(
        decideData(restore, position),
        position < swap ? { direction: 'back' } : { direction: 'forward', from: position },
      )
  })
  test('of a restore that was going back goes on going back', () => {
    assert.deepEqual(decideData(restore, 4, 'failed'), { direction: 'back' })
    assert.deepEqual(decideData(restore, 3, 'undone'), { direction: 'back' })
  })
})

describe('taking back', () => {
  test('begins with the traffic, then goes from the last step to the first', () => {
    assert.deepEqual(undoOrder({ steps, phases: diedAt(4) }), [switched, 4, 2, 1, 0])
  })
  test('leaves out what was taken back already, and what never began', () => {
    assert.deepEqual(
      undoOrder({ steps, phases: diedAt(4).set(4, 'undone').set(switched, 'undone') }),
      [2, 1, 0],
    )
  })
  test('gives a shrunken release its replicas back before its traffic', () => {
    const shrink: Step = { kind: 'shrink', release: 1, from: 2, to: 0, reach, before: reach }
    const rolled = [...steps.slice(0, 4), shrink]
    const phases = new Map(rolled.map((_, at) => [at, 'done' as const]))
    assert.deepEqual(undoOrder({ steps: rolled, phases }), [4, 3, 2, 1, 0])
  })
})
