import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  createStatement,
  identifier,
  lackingExtensions,
  missingRoles,
  ownDatabases,
  readFacts,
  readSnapshotName,
  settingStatements,
  swapStatements,
} from './postgres-sql.ts'

const about =
  '{"version" : "15.20", "owner" : "shop", "encoding" : "UTF8", "collate" : "C", "ctype" : "C", "provider" : "c", "icu" : null}'

describe('what psql tells of a database', () => {
  const lines = [
    '{"snapshot" : "00000003-0000001B-1"}',
    about,
    '{"setting" : "search_path", "value" : "a, \\"B c\\""}',
    '{"extension" : "plpgsql", "value" : "1.0"}',
    '{"table" : "public.item", "rows" : 3}',
    '{"migrations" : "public.django_migrations", "value" : "shop.0001_initial"}',
    '{"end" : true}',
  ]
  test('is read line by line', () => {
    assert.equal(readSnapshotName(lines[0] ?? ''), '00000003-0000001B-1')
    assert.equal(readSnapshotName(about), undefined)
    const facts = readFacts(lines)
    assert.deepEqual(facts.tables, { 'public.item': 3 })
    assert.deepEqual(facts.migrations, { 'public.django_migrations': 'shop.0001_initial' })
    assert.deepEqual(facts.extensions, { plpgsql: '1.0' })
  })
  test('is nothing when it breaks off', () => {
    assert.throws(() => readFacts(lines.slice(0, -1)), /did not tell all/)
  })
})

describe('a database', () => {
  const database = { owner: 'o"w', encoding: 'UTF8', collate: 'C', ctype: "it's", name: 'x', folder: 'f' }
  const rest = { settings: [], extensions: {}, migrations: {} }
  test('is made as it was, with every name quoted', () => {
    assert.equal(
      createStatement({ ...database, ...rest }, 'new'),
      `CREATE DATABASE "new" TEMPLATE template0 OWNER "o""w" ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'it''s'`,
    )
    assert.match(
      createStatement({ ...database, ...rest, icuLocale: 'es' }, 'n'),
      /LOCALE_PROVIDER icu ICU_LOCALE 'es'$/,
    )
  })
  test('keeps its settings, lists as lists', () => {
    const settings = [
      { name: 'search_path', value: 'a, "B c"' },
      { name: 'work_mem', value: '8MB' },
      { name: 'app.path', value: 'C:\\x' },
    ]
    assert.deepEqual(settingStatements({ settings }, 'n'), [
      `ALTER DATABASE "n" SET search_path TO 'a', 'B c'`,
      `ALTER DATABASE "n" SET work_mem TO '8MB'`,
      `ALTER DATABASE "n" SET app.path TO  E'C:\\\\x'`,
    ])
  })
  test('of a restore is none of the app', () => {
    assert.deepEqual(ownDatabases(['postgres', 'shop', 'shop_before_20261124_182005', '']), [
      'postgres',
      'shop',
    ])
  })
  test('has any name', () => {
    assert.equal(identifier('a"; DROP'), '"a""; DROP"')
  })
})

describe('roles', () => {
  const globals = [
    'SET client_encoding = UTF8;',
    'CREATE ROLE reader;',
    "ALTER ROLE reader WITH LOGIN PASSWORD 'SCRAM';",
    'CREATE ROLE shop;',
    "ALTER ROLE shop WITH SUPERUSER PASSWORD 'OLD';",
    'CREATE ROLE "user";',
    'GRANT reader TO shop;',
    'GRANT shop TO reader;',
    '\\! touch /tmp/owned',
  ].join('\n')
  test('are made when they are missing, and left alone with their passwords when not', () => {
    assert.deepEqual(missingRoles(globals, ['shop', 'user']), [
      'CREATE ROLE reader;',
      "ALTER ROLE reader WITH LOGIN PASSWORD 'SCRAM';",
      'GRANT shop TO reader;',
    ])
    assert.deepEqual(missingRoles(globals, ['shop', 'user', 'reader']), [])
  })
})

describe('a swap', () => {
  const swap = { name: 'shop', beside: 'shop_restore', before: 'shop_before' }
  test('is one transaction, while nobody can connect', () => {
    const statements = swapStatements([{ ...swap, isNew: false }])
    const begin = statements.indexOf('BEGIN')
    assert.deepEqual(statements.slice(begin), [
      'BEGIN',
      'ALTER DATABASE "shop" RENAME TO "shop_before"',
      'ALTER DATABASE "shop_restore" RENAME TO "shop"',
      'ALTER DATABASE "shop" ALLOW_CONNECTIONS true',
      'COMMIT',
    ])
    assert.match(statements[begin - 1] ?? '', /pg_terminate_backend/)
  })
  test('puts nothing aside where there is nothing', () => {
    assert.ok(!swapStatements([{ ...swap, isNew: true }]).some((text) => text.includes('shop_before')))
  })
})

test('a server without an extension, or with another TimescaleDB, is told what it lacks', () => {
  const shop = { name: 'shop', extensions: { plpgsql: '1.0', timescaledb: '2.19.3' } }
  const available = ['plpgsql 1.1', 'timescaledb 2.19.3', 'timescaledb 2.31.0']
  assert.deepEqual(lackingExtensions([shop], available), [])
  assert.deepEqual(lackingExtensions([shop], ['plpgsql 1.0', 'timescaledb 2.31.0']), [
    'it does not have the extension timescaledb 2.19.3, which shop needs',
  ])
  assert.match(lackingExtensions([shop], ['timescaledb 2.19.3'])[0] ?? '', /the extension plpgsql, which/)
})
