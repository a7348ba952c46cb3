import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { built, composeFile } from '../../test/support/app.ts'
import { readSettings } from './settings.ts'

const withApp = (block: unknown) => composeFile({ web: built }, { 'x-muelle': block })
const withService = (block: unknown) => composeFile({ web: { ...built, 'x-muelle': block } })

test('a file without x-muelle gets every default', () => {
  assert.deepEqual(readSettings(composeFile({ web: built })), {
    app: {
      domains: [],
      tls: 'self-signed',
      release: [],
      static: {},
      headers: {},
      paths: {},
      test: [],
      smoke: [],
      strategy: 'blue-green',
      canary: { steps: [10, 50], minimum: 120_000, maximum: 600_000, on_too_little: 'pause' },
      watch: 0,
      deploy_timeout: 60_000,
      drain_timeout: 30_000,
      notify: { on: ['deployed', 'failed', 'rolled-back', 'backup-failed', 'certificate-expiring'] },
      on_failure: 'keep-data',
      keep_releases: 5,
    },
    services: { web: {} },
  })
})

test('an empty x-muelle block is one without keys', () => {
  assert.equal(readSettings(withApp(null)).app.keep_releases, 5)
})

test('durations are read into milliseconds', () => {
  const timeoutOf = (text: string) => readSettings(withApp({ deploy_timeout: text })).app.deploy_timeout
  assert.equal(timeoutOf('45s'), 45_000)
  assert.equal(timeoutOf('5m'), 300_000)
  assert.equal(timeoutOf('1h30m'), 5_400_000)
})

test('every whole duration is the sum of its parts', () => {
  const part = fc.nat(99)
  fc.assert(
    fc.property(part, part, part, (h, m, s) => {
      const { deploy_timeout } = readSettings(withApp({ deploy_timeout: `${h}h${m}m${s}s` })).app
      assert.equal(deploy_timeout, ((h * 60 + m) * 60 + s) * 1000)
    }),
  )
})

for (const text of ['', '5', 'soon', '1.5m', '5 m', '-1s', '30s1m']) {
  test(`"${text}" is refused as a duration`, () => {
    assert.throws(() => readSettings(withApp({ drain_timeout: text })), {
      code: 'CONFIG_INVALID',
      message: 'x-muelle.drain_timeout: write a duration like 30s, 5m or 1h30m',
    })
  })
}

for (const domain of [
  'https://shop.example.com',
  'shop.example.com:8000',
  'Shop.example.com',
  '*.x',
  '-x',
  '',
]) {
  test(`"${domain}" is refused as a domain`, () => {
    assert.throws(() => readSettings(withApp({ domains: [domain] })), {
      code: 'CONFIG_INVALID',
      message: /^x-muelle\.domains\.0: write a host name/,
    })
  })
}

test('nothing that could end an nginx directive is accepted as a domain, a URL path or a health path', () => {
  const hostile = fc
    .tuple(fc.string(), fc.constantFrom(';', '{', '}', '"', "'", '\n', ' ', '$', '#', '\\'), fc.string())
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(hostile, (text) => {
      const refused = { code: 'CONFIG_INVALID' }
      assert.throws(() => readSettings(withApp({ domains: [text] })), refused)
      assert.throws(() => readSettings(withApp({ static: { [`/${text}/`]: 'static' } })), refused)
      assert.throws(() => readSettings(withService({ health: `/${text}` })), refused)
    }),
  )
})

test('a static path without its final slash is refused', () => {
  assert.throws(() => readSettings(withApp({ static: { '/static': 'static' } })), {
    code: 'CONFIG_INVALID',
    message: 'x-muelle.static./static: end the URL path with a slash',
  })
})

test('an unknown key names its block and the keys that there are', () => {
  assert.throws(() => readSettings(withApp({ domain: 'shop.example.com' })), {
    code: 'CONFIG_UNKNOWN_KEY',
    message: 'x-muelle has an unknown key: domain',
    hint: /Known keys of x-muelle: domains, tls, release/,
  })
  assert.throws(() => readSettings(withService({ domains: [] })), {
    code: 'CONFIG_UNKNOWN_KEY',
    message: 'services.web.x-muelle has an unknown key: domains',
    hint: /role, port, health/,
  })
})

test('every wrong value is told, each with its place', () => {
  assert.throws(() => readSettings(withApp({ domains: 'shop.example.com', keep_releases: 1 })), {
    code: 'CONFIG_INVALID',
    message: /^x-muelle\.domains: .*\nx-muelle\.keep_releases: /,
  })
})

for (const block of [
  { port: 0 },
  { port: 70_000 },
  { port: '8000' },
  { role: 'proxy' },
  { health: 'health' },
  [],
]) {
  test(`${JSON.stringify(block)} is refused on a service`, () => {
    assert.throws(() => readSettings(withService(block)), {
      code: 'CONFIG_INVALID',
      message: /^services\.web\.x-muelle/,
    })
  })
}

test('tls is a word, an address to write to, or two files', () => {
  const tlsOf = (tls: unknown) => readSettings(withApp({ tls })).app.tls
  assert.deepEqual(tlsOf({ email: 'ops@example.com' }), { email: 'ops@example.com', staging: false })
  assert.deepEqual(tlsOf({ certificate: 'a.pem', key: 'b.pem' }), { certificate: 'a.pem', key: 'b.pem' })
  for (const tls of ['on', true, { email: 'ops' }, { certificate: 'a.pem' }]) {
    assert.throws(() => tlsOf(tls), { code: 'CONFIG_INVALID', message: /^x-muelle\.tls/ })
  }
})

test('what is special about a path is read into seconds, bytes and milliseconds', () => {
  const rule = { rate: '30r/m', burst: 5, timeout: '5m', body: '10m', cache: '365d', log: false }
  assert.deepEqual(readSettings(withApp({ paths: { '/api/': rule } })).app.paths, {
    '/api/': {
      rate: 0.5,
      burst: 5,
      timeout: 300_000,
      body: 10 * 1024 ** 2,
      cache: 365 * 86_400_000,
      log: false,
    },
  })
})

for (const [key, value] of [
  ['rate', '10'],
  ['rate', '0r/s'],
  ['body', '10 MB'],
  ['burst', -1],
] as const) {
  test(`${key}: ${value} of a path is refused`, () => {
    assert.throws(() => readSettings(withApp({ paths: { '/': { [key]: value } } })), {
      code: 'CONFIG_INVALID',
    })
  })
}

test('a header that nginx would read otherwise is refused', () => {
  for (const value of ['$host', 'a\nb', 'a\\b']) {
    assert.throws(() => readSettings(withApp({ headers: { 'X-A': value } })), { code: 'CONFIG_INVALID' })
  }
  assert.throws(() => readSettings(withApp({ headers: { 'X A;': 'b' } })), { code: 'CONFIG_INVALID' })
})
