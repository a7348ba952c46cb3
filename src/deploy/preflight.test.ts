import assert from 'node:assert/strict'
import { test } from 'node:test'
import { built, composeFile, published } from '../../test/support/app.ts'
import { factsOf } from '../../test/support/facts.ts'
import type { ComposeService } from '../app/compose.ts'
import { readApp } from '../app/read-app.ts'
import { foresee, preflight } from './preflight.ts'

const factsWith = (web: ComposeService) =>
  factsOf(readApp(composeFile({ web: { ...built, ports: published, ...web } }), '/srv/shop'))
const notes: string[] = []
const emit = (event: { type: string; message?: string }): void => void notes.push(event.message ?? event.type)

test('what is critical stops, with the next thing to write and the way past it', () => {
  assert.throws(() => preflight(factsWith({ privileged: true }), [], emit), {
    code: 'CHECK_FAILED',
    exitCode: 17,
    message: /compose-privileged \(web\): web runs privileged\.\n {2}Remove {2}privileged: true/,
    hint: /--allow compose-privileged$/,
  })
})

test('what a person allows passes, and only what was found is recorded', () => {
  const allowed = preflight(
    factsWith({ privileged: true }),
    ['compose-privileged', 'compose-runserver'],
    emit,
  )
  assert.deepEqual(allowed, ['compose-privileged'])
})

test('the rest is one line, with what weighs high by name', () => {
  notes.length = 0
  preflight(factsWith({ cap_add: ['ALL'], ipc: 'host', read_only: true }), [], emit)
  assert.equal(notes.length, 1)
  assert.match(
    notes[0] ?? '',
    /^The check found high: compose-host-namespace \(web\), compose-capability-dangerous \(web\); \d+ of less weight\. See them: {2}muelle check$/,
  )
})

test('a plan says what would stop it', () => {
  assert.equal(
    foresee(factsWith({ privileged: true })),
    'The check stops this deployment: compose-privileged. See why:  muelle check',
  )
  assert.match(foresee(factsWith({})) ?? '', /^The check found \d+ of less weight/)
})

test('a rule that there is none of is refused', () => {
  assert.throws(() => preflight(factsWith({}), ['compose-privileges'], emit), {
    code: 'USAGE',
    hint: /--rules/,
  })
})
