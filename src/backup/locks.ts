import { z } from 'zod'

/** What release commands lock, and what that does to visitors. Pure. */

/** A table of before, locked so that others wait. */
export interface HeldLock {
  database: string
  table: string
  /** About. */
  rows: number
  /** What everybody else waits with meanwhile. */
  blocks: 'reading and writing' | 'writing'
  heldMs: number
  /** That took it; the lock stays until its transaction ends. */
  statement: string
  /** Milliseconds for which it waited for others. */
  waitedMs: number
}

/** One look at a lock. Moments are milliseconds since the epoch. */
const sampleSchema = z.object({
  session: z.string(),
  database: z.string(),
  table: z.string(),
  rows: z.number(),
  mode: z.string(),
  granted: z.boolean(),
  at: z.number(),
  since: z.number(),
  statement: z.string(),
})

type Sample = z.infer<typeof sampleSchema>

/** Of the looks that a watch has written, a JSON object a line; other lines are none. */
export function readLocks(lines: readonly string[]): HeldLock[] {
  const locks = new Map<string, Sample[]>()
  for (const line of lines) {
    if (!line.startsWith('{')) continue
    const sample = sampleSchema.parse(JSON.parse(line))
    const key = [sample.session, sample.database, sample.table, blocks(sample)].join(' ')
    locks.set(key, [...(locks.get(key) ?? []), sample])
  }
  return [...locks.values()]
    .flatMap((samples) => summarise(samples) ?? [])
    .sort((a, b) => b.heldMs - a.heldMs)
}

function summarise(samples: readonly Sample[]): HeldLock | undefined {
  const [first] = samples
  const held = samples.filter(({ granted }) => granted)
  const waited = samples.filter(({ granted }) => !granted)
  if (first === undefined) return undefined
  const { database, table, rows, statement } = first
  return {
    database,
    table,
    rows: Math.max(rows, 0),
    blocks: blocks(first),
    heldMs: span(held),
    waitedMs: span(waited),
    statement: statement.replaceAll(/\s+/g, ' ').trim(),
  }
}

/** From when the statement began in which it was first seen, until it was last seen. */
function span(samples: readonly Sample[]): number {
  const [first] = samples
  const last = samples.at(-1)
  return first === undefined || last === undefined ? 0 : Math.round(last.at - first.since)
}

/** PostgreSQL 15, "13.3.1. Table-Level Locks": only ACCESS EXCLUSIVE conflicts with a plain SELECT. */
function blocks({ mode }: Sample): HeldLock['blocks'] {
  return mode === 'AccessExclusiveLock' ? 'reading and writing' : 'writing'
}

/** A table without rows is locked for nobody. */
export function longerThan(locks: readonly HeldLock[], maxMs: number): HeldLock[] {
  return locks.filter(({ heldMs, rows }) => rows > 0 && heldMs > maxMs)
}

export function describeLock({ table, rows, blocks: what, heldMs, statement }: HeldLock): string {
  const shown = statement.length > 120 ? `${statement.slice(0, 120)}…` : statement
  return `${table} (${rows} rows): ${what} waits ${(heldMs / 1000).toFixed(1)} s for  ${shown}`
}

/** What to write instead of a statement that locks for long. */
export function advise({ statement }: Pick<HeldLock, 'statement'>): string {
  if (/^CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)/i.test(statement))
    return 'Make the index CONCURRENTLY, outside a transaction; in Django AddIndexConcurrently and atomic = False.'
  if (/ALTER (?:COLUMN )?\S+ (?:SET DATA )?TYPE/i.test(statement))
    return 'A change of type writes the table anew: add a column, fill it in batches, and move over to it.'
  if (/ADD CONSTRAINT|SET NOT NULL/i.test(statement))
    return 'Add the constraint NOT VALID, and VALIDATE CONSTRAINT in a transaction of its own.'
  if (/^(?:UPDATE|INSERT|DELETE)/i.test(statement))
    return 'Change the rows in batches, each in a transaction of its own, apart from what changes the table.'
  return 'Keep what takes long out of the transaction that changes the table.'
}

/** A statement waits for every transaction on the table, and whoever comes after waits for the statement. */
export function adviseTimeout(locks: readonly HeldLock[]): string | undefined {
  const [longest] = locks.filter(({ rows }) => rows > 0)
  if (longest === undefined) return undefined
  const { table } = longest
  return `On busy tables such as ${table} let it give up instead of making others queue behind it:  SET lock_timeout = '2s'  (for all of them  PGOPTIONS: -c lock_timeout=2s), and run it again when it does.`
}
