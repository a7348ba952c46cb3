import type { DatabaseSync } from 'node:sqlite'

/** Runs work in one transaction that writes. When it fails, nothing of it is kept and the next one can begin. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    // SQLite may have ended it already, as when the disk is full.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
