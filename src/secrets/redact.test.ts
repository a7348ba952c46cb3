import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRedactor } from './redact.ts'

/** Values made of few characters overlap often, and none of them is in what replaces them. */
const value = (minLength: number) =>
  fc.string({ unit: fc.constantFrom('X', 'Y', '$', '"', ' '), minLength, maxLength: 8 })
const visible = (minLength: number) => value(minLength).filter((text) => text.trim().length >= minLength)

describe('a redacted line', () => {
  test('has none of the values, however they overlap', () => {
    const values = fc.array(visible(4), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(values, fc.array(value(0), { maxLength: 4 }), (secrets, others) => {
        const line = createRedactor(secrets)([...secrets, ...others].join(''))
        for (const secret of secrets) assert.ok(!line.includes(secret), line)
      }),
    )
  })
  test('keeps no part of values that overlap', () => {
    const redact = createRedactor(['abcdef', 'efghij'])
    assert.equal(redact('-abcdefghij-'), '-[redacted]-')
    assert.equal(redact('abcdefabcdef!'), '[redacted]!')
    assert.equal(createRedactor(['aaaa'])('aaaaaa.'), '[redacted].')
  })
  test('is as it was without a value in it', () => {
    fc.assert(
      fc.property(fc.string(), visible(4), (line, secret) => {
        fc.pre(createRedactor([secret])(line) === line || !line.includes(secret))
        assert.equal(createRedactor([])(line), line)
      }),
    )
    assert.equal(createRedactor(['planted'])('nothing here'), 'nothing here')
  })
  test('has very short values taken out only where they stand alone', () => {
    const redact = createRedactor(['7', 'abc'])
    assert.equal(
      redact('7 of 17 failed: pin=7, abc@host, abcd'),
      '[redacted] of 17 failed: pin=[redacted], [redacted]@host, abcd',
    )
  })
  test('is whole when a value is empty', () => {
    assert.equal(createRedactor([''])('line'), 'line')
  })
})

describe('a value is found', () => {
  const value = `pa$s"w'o\\rd+/ü`
  const redact = createRedactor([value])
  const spellings: Record<string, string> = {
    'as it is': value,
    'in JSON': JSON.stringify(value),
    'in a Compose file': value.replaceAll('$', '$$$$'),
    'in a URL': encodeURIComponent(value),
    'as the shell quotes it': `'pa$s"w'\\''o\\rd+/ü'`,
    'as the shell exports it': `"pa\\$s\\"w'o\\\\rd+/ü"`,
    'as Python shows it': `'pa$s"w\\'o\\\\rd+/ü'`,
  }
  for (const [where, text] of Object.entries(spellings)) {
    test(where, () => {
      const line = redact(`before ${text} after`)
      assert.match(line, /^before ["']?\[redacted\]["']? after$/)
    })
  }
  test('line by line when it has several, and whole where they are written as one', () => {
    const key = '-----BEGIN KEY-----\nMIIEvQIBADANBg\n{\n-----END KEY-----\n'
    const lines = createRedactor([key])
    assert.deepEqual(key.split('\n').map(lines), ['[redacted]', '[redacted]', '{', '[redacted]', ''])
    assert.equal(lines(`${JSON.stringify(key)}.`), '"[redacted]".')
    assert.equal(lines(key), '[redacted]')
  })
})
