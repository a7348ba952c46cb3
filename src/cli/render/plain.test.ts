import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeploymentEvent } from '../../events/events.ts'
import { plainProgress } from './plain.ts'

const error = { code: 'NOT_READY', message: 'x', log: [] } as const

function linesOf(...events: readonly DeploymentEvent[]): string[] {
  const lines: string[] = []
  const emit = plainProgress(
    (line) => lines.push(line),
    () => new Date('2026-01-02T03:04:05.678Z'),
  )
  for (const event of events) emit(event)
  return lines
}

test('a deployment is one timestamped line for each step, without the output of its programs', () => {
  const lines = linesOf(
    { type: 'begin', app: 'shop', title: 'release 2', steps: ['Build', 'Switch'] },
    { type: 'step-started', index: 0, title: 'Build' },
    { type: 'output', index: 0, line: '#1 [internal] load build definition' },
    { type: 'step-done', index: 0, title: 'Build', durationMs: 1234 },
    { type: 'step-done', index: 1, title: 'Dump', durationMs: 1, isNotNeeded: true },
    { type: 'note', message: 'a note' },
    { type: 'step-failed', index: 1, title: 'Switch', error },
    { type: 'undoing', title: 'Build' },
    { type: 'live', release: 2 },
  )
  assert.deepEqual(
    lines,
    [
      'shop: release 2, 2 steps',
      '[1/2] Build: 1.2 s',
      '[2/2] Dump: not needed',
      'a note',
      '[2/2] Switch: failed, NOT_READY',
      'taking back: Build',
      'release 2 is live',
    ].map((line) => `2026-01-02T03:04:05.678Z ${line}\n`),
  )
})
