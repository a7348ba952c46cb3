import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shop } from '../../test/support/app.ts'
import { planScale, planScaleAnew } from './plan-scale.ts'

const plan = (name: string, from: number, to: number) => {
  const service = shop().services.find((each) => each.name === name)
  assert.ok(service)
  return planScale({ release: 5, service, from, to, reach: { arms: [4, 5] }, timeoutMs: 1000 })
}
const kinds = (name: string, from: number, to: number) => plan(name, from, to).map(({ kind }) => kind)

test('more web replicas are ready before visitors reach them', () => {
  assert.deepEqual(kinds('web', 2, 3), ['create', 'grow', 'ready', 'stage', 'resize'])
})

test('fewer are drained before they go', () => {
  assert.deepEqual(kinds('web', 3, 1), ['shrink', 'resize', 'trim'])
})

test('workers come and go without the gateway', () => {
  assert.deepEqual(kinds('worker', 1, 2), ['create', 'grow', 'resize'])
  assert.deepEqual(kinds('worker', 2, 1), ['resize', 'trim'])
})

test('the gateway reaches as many as run, before and after', () => {
  const stage = plan('web', 2, 3).find((step) => step.kind === 'stage')
  assert.deepEqual([stage?.before.replicas, stage?.reach.replicas], [{ 5: 2 }, { 5: 3 }])
})

test('what others hold the address of is there anew, in as many replicas, before traffic moves to it', () => {
  const app = shop()
  const [service] = app.services
  assert.ok(service)
  const live = { number: 5, webs: 2, workers: [], singletons: [] }
  const steps = planScaleAnew(
    { app, release: 6, service, from: 1, to: 3 },
    { live: 5, standing: [live], kept: [5] },
  )
  const all = steps.map(({ kind }) => kind)
  assert.ok(all.indexOf('ready') < all.indexOf('switch'))
  assert.deepEqual(steps.at(-1), { kind: 'resize', release: 6, service: service.name, from: 1, to: 3 })
})
