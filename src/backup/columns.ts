import { z } from 'zod'

/** What release commands do to columns that the live release goes on using until the switch. Pure. */

export interface Column {
  database: string
  table: string
  column: string
  /** Whoever adds a row has to give it a value. */
  isRequired: boolean
}

const columnSchema = z.object({
  database: z.string(),
  table: z.string(),
  column: z.string(),
  isRequired: z.union([z.boolean(), z.literal(0).transform(() => false), z.literal(1).transform(() => true)]),
})

/** A JSON object a line. MySQL writes 0 and 1. */
export function readColumns(text: string): Column[] {
  const lines = text.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => columnSchema.parse(JSON.parse(line)))
}

/** A column of a table of before that the live release does not know to fill, or still asks for. */
export interface Break {
  table: string
  column: string
  what: 'required' | 'gone'
}

export function findBreaks(before: readonly Column[], after: readonly Column[]): Break[] {
  const was = new Map(before.map((column) => [keyOf(column), column]))
  const is = new Set(after.map(keyOf))
  const tables = new Set(before.map(tableOf))
  const required = after.filter(
    (column) =>
      column.isRequired && tables.has(tableOf(column)) && was.get(keyOf(column))?.isRequired !== true,
  )
  return [
    ...required.map(({ table, column }) => ({ table, column, what: 'required' as const })),
    ...before
      .filter((column) => !is.has(keyOf(column)))
      .map(({ table, column }) => ({ table, column, what: 'gone' as const })),
  ]
}

export function describeBreak({ table, column, what }: Break): string {
  return what === 'required'
    ? `Until the switch the live release cannot add rows to ${table}: it gives ${column} no value. Let it be null, or give it a default in the database (Django: db_default), and require it in a later release.`
    : `Until the switch the live release asks for ${table}.${column}, which is gone. Deploy first a release that does not use it.`
}

function tableOf({ database, table }: Column): string {
  return JSON.stringify([database, table])
}

function keyOf({ database, table, column }: Column): string {
  return JSON.stringify([database, table, column])
}
