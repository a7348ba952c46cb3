import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exitCodeOf, type RuledFinding } from '../../check/check.ts'
import { catalogue } from '../../errors/catalogue.ts'
import { renderFindings } from './findings.ts'

const finding = (severity: RuledFinding['severity'], id: string, service: string): RuledFinding => ({
  id,
  severity,
  service,
  file: 'compose.yaml',
  line: 7,
  reason: 'Because.',
  what: `${service} is so.`,
  write: 'this',
})

test('what weighs is told in full, the rest by a line for each rule', () => {
  const findings = [
    finding('critical', 'compose-privileged', 'db'),
    finding('low', 'compose-no-digest', 'db'),
    finding('low', 'compose-no-digest', 'web'),
  ]
  assert.equal(
    renderFindings('shop', findings, ['web has no image yet.']),
    `shop: 1 critical, 0 high, 0 medium, 2 low

CRITICAL
  compose-privileged
    Because.
    - db, compose.yaml:7: db is so.
      → this

LOW
  RULE               WHERE    NEXT
  compose-no-digest  db, web  → this

Not checked: web has no image yet.`,
  )
})

test('nothing found is one line', () => {
  assert.equal(renderFindings('shop', [], []), 'shop: 0 critical, 0 high, 0 medium, 0 low')
})

test('the exit code tells the worst, and is that of nothing else', () => {
  assert.equal(exitCodeOf([finding('critical', 'a', 'x')]), catalogue.CHECK_FAILED.exit)
  assert.equal(exitCodeOf([finding('high', 'a', 'x')]), 3)
  assert.equal(exitCodeOf([finding('medium', 'a', 'x'), finding('low', 'a', 'x')]), 0)
  assert.equal(exitCodeOf([]), 0)
  assert.ok(!Object.values(catalogue).some(({ exit }) => Number(exit) === 3))
})
