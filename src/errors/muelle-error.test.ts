import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { asMuelleError, MuelleError, recode, reportError } from './muelle-error.ts'

const notReady = new MuelleError('NOT_READY', 'Release 2 did not answer.', { hint: 'Look.', log: ['a', 'b'] })

test('an error has the exit code of its kind, and the cause that it was given', () => {
  const cause = new Error('refused')
  const error = new MuelleError('PORT_TAKEN', 'Port 80 is in use.', { cause })
  assert.equal(error.exitCode, 24)
  assert.equal(error.cause, cause)
  assert.ok(error instanceof Error)
})

describe('a report', () => {
  test('is what a machine needs, and survives JSON', () => {
    const report = { code: 'NOT_READY', message: 'Release 2 did not answer.', hint: 'Look.', log: ['a', 'b'] }
    assert.deepEqual(reportError(notReady), report)
    assert.deepEqual(JSON.parse(JSON.stringify(reportError(notReady))), report)
  })
  test('has the cause that was found, and the step that follows from it', () => {
    const found = notReady.because({ id: 'out-of-memory', text: 'Too much.', next: 'Raise it.' })
    assert.equal(found.cause, notReady.cause)
    assert.deepEqual(reportError(found), {
      code: 'NOT_READY',
      message: 'Release 2 did not answer.',
      cause: { id: 'out-of-memory', text: 'Too much.' },
      hint: 'Raise it.',
      log: ['a', 'b'],
    })
    assert.equal(reportError(notReady.because({ id: 'x', text: 'X.' })).hint, 'Look.')
  })
  test('has no hint where there is none', () => {
    assert.deepEqual(reportError(new MuelleError('LOCKED', 'x')), { code: 'LOCKED', message: 'x', log: [] })
  })
  test('of anything else says that it is a bug', () => {
    for (const thrown of [new TypeError('x'), 'x']) {
      const { code, message, hint } = reportError(thrown)
      assert.deepEqual({ code, message }, { code: 'INTERNAL', message: 'x' })
      assert.match(hint ?? '', /MUELLE_DEBUG=1/)
    }
  })
})

describe('what the machine says', () => {
  test('has a code of its own rather than being called a bug', () => {
    const open = new DatabaseSync(':memory:')
    open.exec('CREATE TABLE kept (value TEXT); PRAGMA query_only = 1')
    const cases: [() => unknown, string][] = [
      [() => writeFileSync('/dev/full', 'x'), 'DISK_FULL'],
      [() => open.exec("INSERT INTO kept VALUES ('x')"), 'STATE_UNUSABLE'],
      [() => new DatabaseSync('/nowhere/muelle.db'), 'STATE_UNUSABLE'],
      [() => open.exec('SELEC'), 'INTERNAL'],
    ]
    for (const [fails, code] of cases) {
      try {
        fails()
        assert.fail('did not fail')
      } catch (error) {
        assert.equal(asMuelleError(error).code, code)
      }
    }
  })
})

test('an error that has a code keeps it; another one becomes the cause', () => {
  assert.equal(asMuelleError(notReady), notReady)
  const bug = new RangeError('out of range')
  assert.equal(asMuelleError(bug).cause, bug)
})

describe('recoding', () => {
  const better = recode('NOT_READY', (cause) => new MuelleError('UNHEALTHY', 'better', { cause }))

  test('replaces an error of that kind', () => {
    assert.throws(() => better(notReady), { code: 'UNHEALTHY', cause: notReady })
  })
  test('lets every other one pass', () => {
    const bug = new TypeError('x')
    assert.throws(() => better(bug), bug)
    assert.throws(() => better(new MuelleError('LOCKED', 'x')), { code: 'LOCKED' })
  })
})
