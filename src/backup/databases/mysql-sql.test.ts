import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { missingAccounts } from './mysql-accounts.ts'
import {
  codeArguments,
  countScript,
  identifier,
  inconsistent,
  isDumping,
  readChecks,
  readCounts,
  readOutline,
  readViews,
} from './mysql-sql.ts'

const lines = [
  '{"version": "9.7.4", "charset": "utf8mb4", "collation": "utf8mb4_0900_ai_ci", "lowerCase": 0}',
  '{"relation": "item", "type": "BASE TABLE", "engine": "InnoDB"}',
  '{"relation": "old", "type": "BASE TABLE", "engine": "MyISAM"}',
  '{"relation": "muelle_swap", "type": "BASE TABLE", "engine": "InnoDB"}',
  '{"relation": "django_migrations", "type": "BASE TABLE", "engine": "InnoDB"}',
  '{"relation": "seen", "type": "VIEW", "engine": null}',
  '{"kind": "trigger", "name": "note"}',
  '{"end": 1}',
]

describe('what MySQL tells of a database', () => {
  const outline = readOutline(lines.join('\n'))
  test('is read line by line, without what a swap has put there', () => {
    assert.deepEqual(
      outline.tables.map(({ name }) => name),
      ['item', 'old', 'django_migrations'],
    )
    assert.deepEqual(outline.views, ['seen'])
  })
  test('is nothing when it breaks off', () => {
    assert.throws(() => readOutline(lines.slice(0, -1).join('\n')), /did not tell all/)
    assert.throws(() => readCounts('{"table": "item", "rows": 3}'), /did not tell all/)
  })
  test('names the tables that know no transactions', () => {
    assert.deepEqual(inconsistent(outline), ['old (MyISAM)'])
  })
  test('is counted in one transaction, with the last migration', () => {
    const script = countScript('sh`op', outline)
    assert.match(script, /WITH CONSISTENT SNAPSHOT/)
    assert.match(script, /count\(\*\) FROM `sh``op`\.`item`/)
    assert.deepEqual(
      readCounts(
        [
          '{"begun": 1}',
          '{"table": "item", "rows": 3}',
          '{"migrations": "django_migrations", "value": "shop.0002"}',
          '{"migrations": "alembic_version", "value": null}',
          '{"end": 1}',
        ].join('\n'),
      ),
      { tables: { item: 3 }, migrations: { django_migrations: 'shop.0002' } },
    )
  })
  test('is dumped without its views, and without locking anything', () => {
    const argv = codeArguments('shop', outline)
    assert.ok(argv.includes('--ignore-table=shop.seen') && argv.includes('--skip-lock-tables'))
  })
})

test('a name has any character', () => {
  assert.equal(identifier('a`; DROP'), '`a``; DROP`')
})

test('views are read as they are, over several lines', () => {
  const one = "a\tCREATE VIEW `a` AS select 'x\ny'\tutf8mb4\tutf8mb4_bin\nmuelle: the next view"
  const view = "CREATE VIEW `a` AS select 'x\ny'"
  assert.deepEqual(readViews(`${one}\n${one}`, { views: ['a', 'b'] }), [view, view])
  assert.throws(() => readViews(one, { views: ['a', 'b'] }), /1 of 2 views/)
})

test('a dump has begun once it reads a table, not when it connects', () => {
  assert.ok(!isDumping('-- Connecting to 127.0.0.1...') && !isDumping('-- Starting transaction...'))
  assert.ok(isDumping('-- Setting savepoint...') && isDumping('-- Retrieving table structure for table a...'))
})

test('CHECK TABLE finds what is not OK', () => {
  assert.deepEqual(
    readChecks('s.a\tcheck\tstatus\tOK\ns.b\tcheck\terror\tCorrupt\ns.b\tcheck\tstatus\tOperation failed'),
    ['s.b: Corrupt', 's.b: Operation failed'],
  )
})

test('accounts that are there keep their passwords, and grants on single tables come last', () => {
  const account = (name: string, ...grants: string[]) => ({
    name,
    create: `CREATE USER ${name} AS 0x00`,
    grants,
  })
  const saved = [
    account('`shop`@`%`', 'GRANT ALL ON `shop`.* TO `shop`@`%`'),
    account(
      '`reader`@`%`',
      'GRANT USAGE ON *.* TO `reader`@`%`',
      'GRANT SELECT ON `shop`.`item` TO `reader`@`%`',
    ),
  ]
  assert.deepEqual(missingAccounts(saved, [{ user: 'shop', host: '%', isRole: false }]), {
    needed: ['CREATE USER `reader`@`%` AS 0x00', 'GRANT USAGE ON *.* TO `reader`@`%`'],
    ofObjects: ['GRANT SELECT ON `shop`.`item` TO `reader`@`%`'],
  })
})
