import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { beforeName, besideName, compareDatabases, manifestSchema, ownNames } from './manifest.ts'

const database = {
  extensions: { plpgsql: '1.0' },
  tables: { 'public.item': 3, 'public.order': 0 },
  migrations: { 'public.django_migrations': 'shop.0002_order' },
}

describe('a database that came back', () => {
  test('is the same when rows, extensions and the last migration are', () => {
    assert.deepEqual(compareDatabases(database, structuredClone(database)), [])
  })
  test('is another with one row less, a table too many, or one that is missing', () => {
    const is = { ...database, tables: { 'public.item': 2, 'public.extra': 1 } }
    assert.deepEqual(compareDatabases(database, is), [
      'public.item has 2 instead of 3 rows',
      'public.order has nothing instead of 0 rows',
      'public.extra has 1 instead of nothing rows',
    ])
  })
  test('is another with other extensions or migrations', () => {
    assert.equal(compareDatabases(database, { ...database, extensions: {} }).length, 1)
    assert.equal(compareDatabases(database, { ...database, migrations: {} }).length, 1)
  })
  test('is the same with extensions that a newer server has in newer versions', () => {
    const differences = (was: string, is: string): number =>
      compareDatabases({ ...database, extensions: { x: was } }, { ...database, extensions: { x: is } }).length
    for (const [was, is] of [
      ['1.9', '1.10'],
      ['1.10', '2.0'],
      ['3.4', '3.4.1'],
    ] as const) {
      assert.equal(differences(was, is), 0, `${was} ${is}`)
      assert.equal(differences(is, was), 1, `${is} ${was}`)
    }
    assert.equal(differences('0.1-dev', '0.2-dev'), 1)
  })
})

describe('the names that a restore gives', () => {
  const at = '20261124-182005'
  test('tell what and when, and are left out of backups', () => {
    assert.equal(besideName('shop', at), 'shop_restore_20261124_182005')
    assert.equal(beforeName('shop', at), 'shop_before_20261124_182005')
    assert.ok([besideName('shop', at), beforeName('shop', at)].every((name) => ownNames.test(name)))
    assert.ok(!ownNames.test('shop_before_christmas'))
  })
  test('are never longer than PostgreSQL takes', () => {
    for (const name of ['x'.repeat(63), 'ñ'.repeat(31)])
      assert.ok(Buffer.byteLength(besideName(name, at)) <= 63)
  })
})

test('a manifest cannot name a file outside its folder', () => {
  const server = {
    service: 'db',
    kind: 'postgres',
    image: 'postgres:15',
    version: '15',
    user: 'shop',
    databases: [],
  }
  const manifest = {
    format: 1,
    point: 'p',
    app: 'shop',
    environment: 'production',
    release: null,
    createdAt: '2026-11-24T18:20:05.000Z',
    media: [],
    without: [],
  }
  const read = (globals: string) =>
    manifestSchema.safeParse({ ...manifest, servers: [{ ...server, globals }] })
  assert.ok(read('db-globals.sql').success)
  for (const path of ['../../etc/passwd', '..', '.', '/etc/passwd', '']) assert.ok(!read(path).success, path)
  assert.ok(read('..data').success)
  assert.ok(!manifestSchema.safeParse({ ...manifest, servers: [], media: ['a/../b'] }).success)
})
