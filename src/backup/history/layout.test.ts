import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chooseBase, firstLogFile, needsBase, outdatedBases, readBases, replayArguments } from './layout.ts'

const day = 86_400
const now = new Date('2026-11-24T00:00:00Z')
const at = (daysAgo: number) => now.getTime() / 1000 - daysAgo * day
const bases = [9, 6, 2].map((daysAgo) => ({ system: '7', from: at(daysAgo) }))

describe('the copies of a history', () => {
  test('are read from paths, oldest first, without one that is not complete', () => {
    const paths = ['/history/7/bases/20', '/history/8/bases/3', '/history/7/bases/unfinished', '']
    assert.deepEqual(readBases(paths), [
      { system: '8', from: 3 },
      { system: '7', from: 20 },
    ])
  })
  test('are replayed from the newest that was complete by then', () => {
    assert.deepEqual(chooseBase(bases, new Date(at(2) * 1000)), bases[2])
    assert.deepEqual(chooseBase(bases, new Date(at(2) * 1000 - 1)), bases[1])
    assert.equal(chooseBase(bases, new Date(at(10) * 1000)), undefined)
  })
  test('are renewed after half of the days, and for a new cluster', () => {
    assert.equal(needsBase(bases, { system: '7', days: 7, now }), false)
    assert.equal(needsBase(bases, { system: '7', days: 3, now }), true)
    assert.equal(needsBase(bases, { system: '8', days: 7, now }), true)
  })
  test('go once another reaches back as far', () => {
    assert.deepEqual(outdatedBases(bases, { days: 7, now }), [])
    assert.deepEqual(outdatedBases(bases, { days: 4, now }), [bases[0]])
    assert.deepEqual(outdatedBases(bases, { days: 30, now }), [])
  })
  test('say which log they need', () => {
    const label =
      'START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\nCHECKPOINT LOCATION: 0/2000060\n'
    assert.equal(firstLogFile(label), '000000010000000000000002')
    assert.equal(firstLogFile('?'), undefined)
  })
})

test('a replay stops at the moment, in a form that PostgreSQL reads', () => {
  const argv = replayArguments({ system: '7' }, new Date('2026-11-24T20:15:00.250Z'), '/data')
  assert.ok(argv.includes('recovery_target_time=2026-11-24 20:15:00.250+00'))
  assert.ok(argv.includes('recovery_target_action=pause'))
})
