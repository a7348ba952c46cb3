import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seconds, table } from './format.ts'

for (const [ms, text] of [
  [0, '0 ms'],
  [349.6, '350 ms'],
  [999.7, '1.0 s'],
  [1000, '1.0 s'],
  [4230, '4.2 s'],
  [59_970, '1 min 0 s'],
  [60_000, '1 min 0 s'],
  [119_700, '2 min 0 s'],
  [125_000, '2 min 5 s'],
] as const) {
  test(`${ms} ms read "${text}"`, () => {
    assert.equal(seconds(ms), text)
  })
}

test('columns are as wide as their widest cell, and lines have no trailing space', () => {
  const rows = [
    ['SERVICE', 'ROLE'],
    ['web', 'web'],
    ['celery-beat', 'singleton'],
  ]
  assert.equal(table(rows), 'SERVICE      ROLE\nweb          web\ncelery-beat  singleton')
})
