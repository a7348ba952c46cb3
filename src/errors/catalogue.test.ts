import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogue } from './catalogue.ts'

const entries = Object.entries(catalogue)

test('no two codes share an exit code', () => {
  assert.equal(new Set(entries.map(([, { exit }]) => exit)).size, entries.length)
})

test('no exit code is one that a shell gives by itself, but for Ctrl-C', () => {
  for (const [code, { exit }] of entries) {
    assert.ok((exit >= 2 && exit < 126) || code === 'INTERRUPTED', `${code}: ${exit}`)
  }
})

test('every meaning is a sentence', () => {
  for (const [code, { meaning }] of entries) assert.match(meaning, /^(?:[A-Z]|nginx ).*\.$/, code)
})
