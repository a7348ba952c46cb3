import fc from 'fast-check'

/** What has broken programs of this kind: options, shells, paths, encodings, prototypes, and length. */
const hostile = fc.constantFrom(
  '--upload-pack=x',
  '-oProxyCommand=touch x',
  '--help',
  '-',
  '--',
  'a;b',
  '$(touch x)',
  '`id`',
  "'; drop table job; --",
  '../../etc/passwd',
  'a\nb',
  'a\0b',
  '%00',
  '%zz',
  '🦀',
  '\u202e',
  '__proto__',
  'constructor',
  '',
)

/** Long and alike: what a pattern that goes back and forth takes for ever to refuse. */
const long = fc
  .tuple(fc.constantFrom('a', '-', '.', '/', 'a.', 'a/', 'a-', '**/', '*a', '0', ' ', '@'), fc.nat(5000))
  .map(([part, times]) => `${part.repeat(times)}!`)

export const word = fc.oneof(
  { weight: 4, arbitrary: hostile },
  { weight: 1, arbitrary: long },
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 80 }) },
  { weight: 4, arbitrary: fc.stringMatching(/^[\w./@:=-]{1,60}$/) },
  { weight: 3, arbitrary: fc.constantFrom('shop', '1', 'main', 'web') },
)

export const value = fc.oneof(fc.jsonValue(), word)

/** What a client of HTTP can put into a header. */
export const headerValue = fc.string({ maxLength: 60 }).filter((text) => /^[\x20-\x7e]*$/.test(text))
