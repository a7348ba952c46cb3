import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { MuelleError } from '../../errors/muelle-error.ts'
import { renderError } from './error.ts'

const rendered = (error: MuelleError) => stripVTControlCharacters(renderError(error)).split('\n')

test('an error reads: the log that explains it, what failed, the next command', () => {
  const error = new MuelleError('PORT_TAKEN', 'Port 80 is in use.', {
    hint: 'ss -ltnp',
    log: ['line 1', 'line 2'],
  })
  assert.deepEqual(rendered(error), [
    '  | line 1',
    '  | line 2',
    'Error PORT_TAKEN: Port 80 is in use.',
    '  → ss -ltnp',
  ])
})

test('a cause is told between what failed and the next command', () => {
  const error = new MuelleError('NOT_READY', 'No answer.', { hint: 'Look.' })
  assert.deepEqual(rendered(error.because({ id: 'x', text: 'It sleeps.' })), [
    'Error NOT_READY: No answer.',
    '  Cause: It sleeps.',
    '  → Look.',
  ])
})

test('an error without log and hint is one line', () => {
  assert.deepEqual(rendered(new MuelleError('LOCKED', 'Busy.')), ['Error LOCKED: Busy.'])
})

test('of a long log the last lines are shown', () => {
  const log = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`)
  const lines = rendered(new MuelleError('BUILD_FAILED', 'x', { log }))
  assert.equal(lines[0], '  | line 26')
  assert.equal(lines.at(-2), '  | line 40')
})

test('a message of several lines is indented below its code', () => {
  assert.deepEqual(rendered(new MuelleError('CONFIG_INVALID', 'a: wrong\nb: wrong')), [
    'Error CONFIG_INVALID: a: wrong',
    '  b: wrong',
  ])
})
