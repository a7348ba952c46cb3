import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { shopFile } from '../../test/support/app.ts'
import type { ComposeService } from '../app/compose.ts'
import { readApp } from '../app/read-app.ts'
import { decideRoom, describeMemory, estimateMemory, isDoubled, makeRoom, type Reading } from './memory.ts'
import type { Observed } from './observed.ts'

const mega = 1_000_000

/** Two web replicas, a worker and beat, with definitions of their own for `web`. */
function shopWith(web: Partial<ComposeService>, settings: Record<string, unknown> = {}) {
  const file = shopFile(settings)
  const services = { ...file.services, web: { ...file.services['web'], ...web } }
  return readApp({ ...file, services }, '/srv/shop')
}
const standing = (number: number) => ({ number, webs: 2, workers: [], singletons: [] })
const observed: Observed = { live: 5, standing: [standing(4), standing(5)], kept: [5, 4] }
const reading = (service: string, bytes: number, release = 5): Reading => ({ service, bytes, release })
const estimate = (web: Partial<ComposeService>, readings: readonly Reading[], available = 1000 * mega) =>
  estimateMemory(shopWith(web), { live: 5, readings, available })
const limited = (memory: string): Partial<ComposeService> => ({
  deploy: { replicas: 2, resources: { limits: { memory } } },
})
const reserving = (memory: string): Partial<ComposeService> => ({
  deploy: { replicas: 2, resources: { reservations: { memory } } },
})

describe('a second set of replicas needs', () => {
  const live = [reading('web', 90 * mega), reading('web', 110 * mega), reading('worker', 50 * mega)]

  test('what the first one holds now, whatever the number of replicas', () => {
    assert.equal(estimate({}, live).needed, 250 * mega)
    assert.equal(estimate({ deploy: { replicas: 4 } }, live).needed, 450 * mega)
  })
  test('what it reserves, when that is more', () => {
    assert.equal(estimate(reserving(String(300 * mega)), live).needed, 650 * mega)
    assert.equal(estimate({ mem_reservation: String(300 * mega) }, live).needed, 650 * mega)
    assert.equal(estimate(reserving(String(10 * mega)), live).needed, 250 * mega)
  })
  test('no more than its limit lets it have', () => {
    assert.equal(estimate(limited(String(60 * mega)), live).needed, 170 * mega)
  })
  test('not its limit: a small server can do with limits that add up to more than it has', () => {
    const { needed, limit } = estimate(limited(String(9000 * mega)), live)
    assert.deepEqual([needed, limit], [250 * mega, undefined])
  })
  test('nothing that is known, when nothing tells', () => {
    assert.equal(estimate({}, []).needed, 0)
  })
  test('nothing for a scheduler, of which there is never a second', () => {
    assert.deepEqual(
      estimate({}, [...live, reading('beat', 70 * mega)]).needs.map(({ service }) => service),
      ['web', 'worker'],
    )
  })
  test('what is told as its most is the sum of all limits', () => {
    const app = shopWith({ mem_limit: String(300 * mega) })
    const [web, ...others] = app.services
    const worker = others.map((each) =>
      each.role === 'worker'
        ? { ...each, definition: { ...each.definition, mem_limit: String(200 * mega) } }
        : each,
    )
    assert.ok(web)
    const memory = estimateMemory(
      { ...app, services: [web, ...worker] },
      { live: 5, readings: live, available: mega },
    )
    assert.equal(memory.limit, 800 * mega)
  })
})

describe('a release', () => {
  const memory = (available: number, warm: number) =>
    estimate({}, [reading('web', 100 * mega), reading('web', warm * mega, 4)], available * mega)

  test('that fits takes nothing away', () => {
    assert.equal(decideRoom(memory(200, 0)), 'enough')
    assert.deepEqual(makeRoom(memory(200, 0), observed), [])
  })
  test('that fits once the warm one is gone lets that go first', () => {
    assert.equal(decideRoom(memory(150, 60)), 'enough-without-warm')
    assert.deepEqual(makeRoom(memory(150, 60), observed), [4])
    assert.match(describeMemory(memory(150, 60)), /stays warm goes first/)
  })
  test('that does not fit even then is refused, with what it needs and the ways out', () => {
    assert.equal(decideRoom(memory(150, 40)), 'short')
    assert.throws(() => makeRoom(memory(150, 40), observed), {
      code: 'MEMORY_SHORT',
      message: 'A second set of replicas needs 200 MB of memory (web 2 x 100 MB); there are 190 MB.',
      hint: /strategy: rolling.*--ignore-memory/,
    })
    assert.match(describeMemory(memory(150, 40)), /`muelle up` refuses/)
  })
  test('never loses the live one for it, and never is refused with more memory', () => {
    const bytes = fc.integer({ min: 0, max: 4000 })
    fc.assert(
      fc.property(bytes, bytes, bytes, (available, warm, more) => {
        if (decideRoom(memory(available, warm)) === 'short') return
        assert.ok(!makeRoom(memory(available, warm), observed).includes(5))
        assert.notEqual(decideRoom(memory(available + more, warm)), 'short')
      }),
    )
  })
})

describe('there is a second set', () => {
  test('unless replicas take the place of others', () => {
    assert.ok(isDoubled(shopWith({}), observed))
    assert.ok(isDoubled(shopWith({}, { strategy: 'canary' }), observed))
    assert.ok(!isDoubled(shopWith({}, { strategy: 'rolling' }), observed))
  })
  test('only beside a first one', () => {
    assert.ok(!isDoubled(shopWith({}), { live: undefined, standing: [], kept: [] }))
    assert.ok(!isDoubled(shopWith({}), { ...observed, standing: [{ ...standing(5), webs: 0 }] }))
  })
})
