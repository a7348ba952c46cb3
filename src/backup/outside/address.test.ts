import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { OutsideSettings } from '../../app/outside-schema.ts'
import { connectionTo, describeAddress, libpqVariables, readAddress } from './address.ts'

const read = (variables: Record<string, string>, settings: Partial<OutsideSettings> = {}) =>
  readAddress({ image: 'postgres:17', ...settings }, variables)

const shop = { host: 'db.example.com', port: '5432', database: 'shop', user: 'ana', password: 'p' }
const parts = { HOST: 'db.example.com', NAME: 'shop', USER: 'ana', PASSWORD: 'p' }
const with_ = (prefix: string) =>
  Object.fromEntries(Object.entries(parts).map(([key, value]) => [`${prefix}_${key}`, value]))

describe('a database outside is found', () => {
  for (const [what, variables] of Object.entries({
    'a URL': { DATABASE_URL: 'postgres://ana:p@db.example.com/shop' },
    'the URL of GeoDjango': { DATABASE_URL: 'postgis://ana:p@db.example.com:5432/shop' },
    'the URL of SQLAlchemy': { DATABASE_URL: 'postgresql+psycopg://ana:p@db.example.com/shop' },
    'variables that begin with DB': with_('DB'),
    'variables that begin with DATABASE': with_('DATABASE'),
    'variables of the official image': {
      POSTGRES_HOST: 'db.example.com',
      POSTGRES_DB: 'shop',
      POSTGRES_USER: 'ana',
      POSTGRES_PASSWORD: 'p',
    },
    "libpq's own variables": {
      PGHOST: 'db.example.com',
      PGDATABASE: 'shop',
      PGUSER: 'ana',
      PGPASSWORD: 'p',
    },
  }))
    test(`by ${what}`, () => assert.deepEqual(read(variables), shop))

  test('by names of its own, of which the usual ones are filled in', () => {
    assert.deepEqual(read({ ...with_('DB'), DB_OTHER: 'else' }, { host: 'DB_HOST', name: 'DB_OTHER' }), {
      ...shop,
      database: 'else',
    })
    const own = { MAIN: 'postgres://ana:p@db.example.com/shop', DATABASE_URL: 'postgres://x:y@z/w' }
    assert.deepEqual(read(own, { url: 'MAIN' }), shop)
  })
  test('with another account than that of the app', () => {
    const variables = { ...with_('DB'), OWNER: 'boss', OWNER_PASSWORD: 'b' }
    const found = read(variables, { user: 'OWNER', password: 'OWNER_PASSWORD' })
    assert.deepEqual(found, { ...shop, user: 'boss', password: 'b' })
  })
  test('with what is encoded in a URL, and an address of IPv6', () => {
    const found = read({
      DATABASE_URL: 'postgres://a%40b:p%2F%23%25@[fd00::1]:6000/my%20shop?sslmode=require',
    })
    assert.deepEqual(found, {
      host: 'fd00::1',
      port: '6000',
      database: 'my shop',
      user: 'a@b',
      password: 'p/#%',
      sslmode: 'require',
    })
    assert.equal(describeAddress({ host: 'fd00::1', port: '6000' }), '[fd00::1]:6000')
  })
  test('with TLS as the settings, the URL or the environment want it, in this order', () => {
    const DATABASE_URL = 'postgres://ana@h/shop?sslmode=verify-ca&sslrootcert=/certs/ca.pem'
    const variables = { DATABASE_URL, PGSSLMODE: 'require', PGSSLROOTCERT: '/else.pem' }
    assert.equal(read(variables, { sslmode: 'verify-full' })?.sslmode, 'verify-full')
    assert.equal(read(variables, { sslrootcert: 'ca.pem' })?.sslrootcert, 'ca.pem')
    assert.equal(read(variables)?.sslmode, 'verify-ca')
    assert.equal(read(variables)?.sslrootcert, '/certs/ca.pem')
    const bare = { ...variables, DATABASE_URL: 'postgres://ana@h/shop' }
    assert.deepEqual([read(bare)?.sslmode, read(bare)?.sslrootcert], ['require', '/else.pem'])
    assert.equal(read({ ...with_('DB'), DB_SSLMODE: 'yes' })?.sslmode, undefined)
  })
})

describe('no database outside is', () => {
  for (const [what, variables, settings] of [
    ['one that nobody names', {}, {}],
    ['a MySQL', { DATABASE_URL: 'mysql://ana:p@h/shop' }, {}],
    ['one without a name', { DB_HOST: 'h', DB_USER: 'ana' }, {}],
    ['what is no URL', { DATABASE_URL: 'postgres://[/shop' }, {}],
    ['another than the one that was named', with_('DB'), { url: 'MAIN' }],
  ] as const)
    test(what, () => assert.equal(read(variables, settings), undefined))
})

test('no password, host or user is in the arguments of a program', () => {
  assert.deepEqual(libpqVariables({ ...shop, sslmode: 'require' }), {
    PGHOST: 'db.example.com',
    PGPORT: '5432',
    PGDATABASE: 'shop',
    PGUSER: 'ana',
    PGPASSWORD: 'p',
    PGSSLMODE: 'require',
  })
  assert.doesNotMatch(connectionTo('shop', 'shop'), /shop|ana/)
  assert.match(connectionTo(String.raw`o'b\x`, 'shop'), / dbname='o\\'b\\\\x'$/)
})
