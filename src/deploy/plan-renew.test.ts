import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { shopFile } from '../../test/support/app.ts'
import { readApp } from '../app/read-app.ts'
import { planRenew } from './plan-renew.ts'
import type { Step } from './step.ts'

function renew(name: string, options: { strategy?: string; replicas?: number; parallelism?: number } = {}) {
  const { strategy = 'blue-green', replicas = 2, parallelism = 1 } = options
  const file = shopFile({ strategy })
  const web = { ...file.services['web'], deploy: { replicas, update_config: { parallelism } } }
  const app = readApp({ ...file, services: { ...file.services, web } }, '/srv/shop')
  const service = app.services.find((each) => each.name === name)
  assert.ok(service)
  return planRenew({ app, release: 5, service, reach: { arms: [4, 5] } })
}
const kinds = (steps: readonly Step[]) => steps.map(({ kind }) => kind)

describe('a service that is restarted', () => {
  test('has its new web replicas ready and reached before the old ones are drained', () => {
    const steps = renew('web')
    assert.deepEqual(kinds(steps), ['create', 'grow', 'ready', 'stage', 'renew'])
    assert.deepEqual(steps.at(-1), {
      kind: 'renew',
      release: 5,
      service: 'web',
      from: 4,
      to: 2,
      traffic: {
        reach: { arms: [4, 5], replicas: { 5: 2 } },
        before: { arms: [4, 5], replicas: { 5: 4 } },
      },
    })
  })
  test('has its new workers run for a while before the old ones end, without the gateway', () => {
    assert.deepEqual(kinds(renew('worker')), ['create', 'grow', 'steady', 'renew'])
  })
  test('never runs twice, when there must be one', () => {
    assert.deepEqual(renew('beat'), [
      { kind: 'stop', release: 5, services: ['beat'] },
      { kind: 'start', release: 5, services: ['beat'] },
    ])
  })
  test('stays where it is, when it holds data', () => {
    assert.deepEqual(renew('db'), [{ kind: 'cycle', service: 'db' }])
  })
  test('goes a few replicas at a time, where a deployment would', () => {
    const grown = renew('web', { strategy: 'rolling', replicas: 3 }).filter(({ kind }) => kind === 'grow')
    assert.deepEqual(grown, Array(3).fill({ kind: 'grow', release: 5, service: 'web', from: 3, to: 4 }))
  })
  test('has each replica replaced once, and as many as before all the time', () => {
    const cases = fc.record({
      strategy: fc.constantFrom('rolling', 'blue-green', 'canary'),
      replicas: fc.integer({ min: 1, max: 9 }),
      parallelism: fc.integer({ min: 0, max: 12 }),
    })
    fc.assert(
      fc.property(cases, (options) => {
        let replaced = 0
        for (const step of renew('web', options)) {
          if (step.kind !== 'renew') continue
          assert.equal(step.to, options.replicas)
          replaced += step.from - step.to
        }
        assert.equal(replaced, options.replicas)
      }),
    )
  })
})
