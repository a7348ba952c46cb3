import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { availableOf, heldOf } from './memory.ts'

describe('the memory that there is', () => {
  const meminfo =
    'MemTotal:        2000 kB\nMemFree:          100 kB\nMemAvailable:     900 kB\nSwapFree: 50 kB\n'

  test('is what can be given out, and the swap', () => {
    assert.equal(availableOf(meminfo, 2000 * 1024), 950 * 1024)
  })
  test("is unknown when the engine's machine has another amount, so is not this one", () => {
    assert.equal(availableOf(meminfo, 4000 * 1024), undefined)
  })
  test('is unknown where the system does not tell', () => {
    assert.equal(availableOf('', 2000 * 1024), undefined)
    assert.equal(availableOf('MemTotal: 2000 kB\n', 2000 * 1024), undefined)
  })
})

describe('the memory that a container holds', () => {
  test('is told by both versions of control groups, without what it has read from files', () => {
    assert.equal(heldOf('anon 4096\nfile 8192\ninactive_anon 1\n'), 4096)
    assert.equal(heldOf('cache 8192\nrss 1\ninactive_anon 1\ntotal_cache 8192\ntotal_rss 4096\n'), 4096)
  })
  test('is unknown where there is no such file', () => {
    assert.equal(heldOf(''), undefined)
  })
})
