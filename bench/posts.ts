import type { Outcome } from './load/outcome.ts'

export interface Row {
  readonly id: number
  readonly code: string
}

export interface PostCheck {
  readonly answered: number
  /** Answered with an id that the database does not hold under that code. */
  readonly missing: number
  /** Codes that were sent once and stored more than once: somebody on the way sent them again. */
  readonly doubled: number
}

/** Compares what clients were told with what the database holds. */
export function checkPosts(exchanges: readonly Outcome[], rows: readonly Row[]): PostCheck {
  const codes = new Map(rows.map((row) => [row.id, row.code.toLowerCase()]))
  const answered = exchanges.filter((exchange) => exchange.id !== undefined)
  const copies = Map.groupBy(rows, (row) => row.code.toLowerCase())
  return {
    answered: answered.length,
    missing: answered.filter(({ id = 0, code }) => codes.get(id) !== code).length,
    doubled: exchanges.filter(({ code = '' }) => (copies.get(code)?.length ?? 0) > 1).length,
  }
}
