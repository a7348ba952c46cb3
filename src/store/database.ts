import { DatabaseSync, type StatementSync } from 'node:sqlite'

/**
 * A database that prepares each statement once. The memory of one that is dropped comes back only with the next collection
 * of garbage, which a process that has nothing to do puts off for minutes.
 */
export class Database extends DatabaseSync {
  readonly #prepared = new Map<string, StatementSync>()

  override prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql)
    if (known !== undefined) return known
    const statement = super.prepare(sql)
    this.#prepared.set(sql, statement)
    return statement
  }
}
