import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Column, describeBreak, findBreaks, readColumns } from './columns.ts'

const column = (name: string, more: Partial<Column> = {}): Column => ({
  database: 'shop',
  table: 'item',
  column: name,
  isRequired: false,
  ...more,
})
const id = column('id', { isRequired: true })

test('a column that has to have a value is one that the live release does not fill', () => {
  const breaks = findBreaks([id], [id, column('sku', { isRequired: true })])
  assert.deepEqual(breaks, [{ table: 'item', column: 'sku', what: 'required' }])
  assert.match(describeBreak(breaks[0] as never), /cannot add rows to item: it gives sku no value/)
})
test('so is one that was allowed to have none', () => {
  const after = [id, column('sku', { isRequired: true })]
  assert.equal(findBreaks([id, column('sku')], after)[0]?.what, 'required')
})
test('one with a default is not, nor one of a table that is new', () => {
  const added = [column('note'), column('id', { table: 'order', isRequired: true })]
  assert.deepEqual(findBreaks([id], [id, ...added]), [])
})
test('a column that is gone, or whose table is, is still asked for', () => {
  const before = [id, column('name'), column('id', { table: 'old' })]
  const breaks = findBreaks(before, [id])
  assert.deepEqual(
    breaks.map(({ table, column: name, what }) => `${table}.${name} ${what}`),
    ['item.name gone', 'old.id gone'],
  )
  assert.match(describeBreak(breaks[0] as never), /asks for item\.name, which is gone/)
})
test('tables of two databases are told apart', () => {
  const other = column('sku', { database: 'stock', isRequired: true })
  assert.deepEqual(findBreaks([id], [id, other]), [])
})
test('PostgreSQL writes true, MySQL 1', () => {
  const line = (value: string) =>
    `{"database": "shop", "table": "item", "column": "id", "isRequired": ${value}}`
  assert.deepEqual(readColumns(`${line('true')}\n${line('1')}\n${line('0')}\n`), [id, id, column('id')])
})
