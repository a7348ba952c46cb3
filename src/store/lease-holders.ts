import type { DatabaseSync } from 'node:sqlite'
import { uptimeMs } from '../processes.ts'
import { inTransaction } from './transaction.ts'

/** Who may change an app, and until when. */
export function leaseRows(database: DatabaseSync) {
  return {
    /** Takes the app's lease, or returns who holds it. A lease whose owner is dead or late is taken over. */
    acquire: (app: string, owner: string, options: { ms: number; isAlive: (owner: string) => boolean }) => {
      return inTransaction(database, () => {
        const held = database.prepare('SELECT * FROM lease WHERE app = ?').get(app)
        const holder = held === undefined ? undefined : String(held['owner'])
        const free =
          holder === undefined ||
          holder === owner ||
          Number(held?.['expires_at_uptime_ms']) < uptimeMs() ||
          !options.isAlive(holder)
        if (!free) return holder
        database
          .prepare('INSERT OR REPLACE INTO lease (app, owner, expires_at_uptime_ms) VALUES (?, ?, ?)')
          .run(app, owner, uptimeMs() + options.ms)
        return undefined
      })
    },

    release: (app: string, owner: string): void => {
      database.prepare('DELETE FROM lease WHERE app = ? AND owner = ?').run(app, owner)
    },
  }
}
