import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Outcome } from '../../store/deployments.ts'
import { argumentsOf } from './arguments.ts'
import { readClaim, writeClaim } from './claim.ts'
import { settle } from './settle.ts'

const job = { kind: 'update', state: 'running', attempt: 1 } as const

describe('a job whose process', () => {
  const outcomes = (...list: Outcome[]) => ({ isAlive: false, outcomes: list })

  test('lives is left to it', () => {
    assert.equal(settle(job, { isAlive: true, outcomes: [] }), 'wait')
  })
  test('died before it deployed anything is done again', () => {
    assert.equal(settle(job, outcomes()), 'again')
  })
  test('died half-way is done again, and recovery comes first', () => {
    assert.equal(settle(job, outcomes('running')), 'again')
  })
  test('died after its deployment succeeded is done, and not done twice', () => {
    assert.deepEqual(settle(job, outcomes('interrupted', 'succeeded')), { end: 'succeeded' })
  })
  test('died after its deployment failed has failed', () => {
    assert.equal(JSON.stringify(settle(job, outcomes('failed'))).includes('"failed"'), true)
  })
  test('dies each time ends in the end', () => {
    assert.equal(settle({ ...job, attempt: 4 }, outcomes()), 'again')
    assert.notEqual(settle({ ...job, attempt: 5 }, outcomes()), 'again')
  })
  test('died in a job of the app itself is not done twice, but one that never began is', () => {
    assert.notEqual(settle({ ...job, kind: 'run' }, outcomes()), 'again')
    assert.equal(settle({ ...job, kind: 'run', state: 'starting' }, outcomes()), 'again')
  })
})

test('what a command of a terminal had begun is brought to an end, and not begun again', () => {
  const app = { name: 'shop', directory: '/srv/shop', environment: 'production' }
  const argv = argumentsOf({ kind: 'update', cause: 'command', request: {} }, app)
  assert.deepEqual(argv.slice(0, 3), ['recover', '--app', 'shop'])
})

test('a claim is read as it was written, and nothing else is one', () => {
  assert.deepEqual(readClaim(writeClaim({ id: 12, attempt: 3 })), { id: 12, attempt: 3 })
  for (const text of [undefined, '', '12', '12.', 'a.b', '1.2.3']) assert.equal(readClaim(text), undefined)
})

test('what came with a delivery is in no argument', () => {
  const app = { name: 'shop', directory: '/srv/shop', environment: 'production' }
  const argv = argumentsOf(
    { kind: 'update', cause: 'webhook', request: { commit: '--upload-pack=x; touch y' } },
    app,
  )
  assert.doesNotMatch(argv.join(' '), /upload-pack/)
})
