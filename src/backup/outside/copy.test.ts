import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copyNames, copyVariables } from './copy.ts'

const address = { host: 'db.example.com', port: '6432', database: 'my shop', user: 'ana' }
const service = 'shop_db'
const variables = (own: Record<string, string>, settings = {}) =>
  copyVariables({ service, settings: { image: 'postgres:17', ...settings }, address }, own)

test('an app in a rehearsal finds the copy by the variables that led to the server', () => {
  const DATABASE_URL = 'postgis://ana:p@db.example.com:6432/my%20shop?sslmode=require'
  assert.deepEqual(variables({ DATABASE_URL, PGSSLMODE: 'require' }), {
    DATABASE_URL: 'postgis://ana@shop_db:5432/my%20shop',
    PGSSLMODE: 'disable',
  })
  const DB_HOST = 'db.example.com'
  const parts = { DB_HOST, DB_PORT: '6432', DB_NAME: 'my shop', DB_USER: 'ana', REDIS_HOST: 'redis' }
  assert.deepEqual(variables(parts), { DB_HOST: 'shop_db', DB_PORT: '5432' })
  const own = { MAIN: DB_HOST, MAIN_PORT: '6432' }
  assert.deepEqual(variables(own, { host: 'MAIN', port: 'MAIN_PORT' }), {
    MAIN: 'shop_db',
    MAIN_PORT: '5432',
  })
})

test('and by the name of the server, where it is one', () => {
  assert.deepEqual(copyNames(service, address), ['shop_db', 'db.example.com'])
  assert.deepEqual(copyNames(service, { host: '10.0.0.9' }), ['shop_db'])
  assert.deepEqual(copyNames(service, { host: 'fd00::1' }), ['shop_db'])
})
