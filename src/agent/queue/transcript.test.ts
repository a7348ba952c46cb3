import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { openTranscript, readTranscript, transcriptOf } from './transcript.ts'

describe('what a job tells', () => {
  const home = mkdtempSync(join(tmpdir(), 'muelle-transcript-'))
  after(() => rmSync(home, { recursive: true }))
  let number = 0
  const open = () => {
    const file = transcriptOf(home, ++number)
    return { file, transcript: openTranscript(file) }
  }

  test('is read from any place that was reached, whole lines only', () => {
    const { file, transcript } = open()
    assert.deepEqual(readTranscript(file, 0), [])
    transcript.event({ type: 'live', release: 3 })
    transcript.result({ data: { app: 'shop' }, text: 'done' })
    appendFileSync(file, '{"half')
    const lines = readTranscript(file, 0)
    assert.deepEqual(
      lines.map(({ text }) => JSON.parse(text)),
      [
        { type: 'live', release: 3 },
        { type: 'result', ending: { data: { app: 'shop' }, text: 'done' } },
      ],
    )
    assert.deepEqual(readTranscript(file, lines[0]?.next ?? 0), lines.slice(1))
    assert.deepEqual(readTranscript(file, lines[1]?.next ?? 0), [])
  })

  test('says a note once, and is for its owner alone', () => {
    const { file, transcript } = open()
    for (let times = 0; times < 3; times++) transcript.event({ type: 'note', message: 'waits' })
    assert.equal(readTranscript(file, 0).length, 1)
    assert.equal(statSync(file).mode & 0o777, 0o600)
  })
})
