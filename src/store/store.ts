import { DatabaseSync } from 'node:sqlite'
import { appRows } from './apps.ts'
import { backupRows } from './backups.ts'
import { deploymentRows } from './deployments.ts'
import { leaseRows } from './lease-holders.ts'
import { precautionRows } from './precautions.ts'
import { releaseRows } from './releases.ts'
import { migrations } from './schema.ts'
import { inTransaction } from './transaction.ts'
import { wishRows } from './wishes.ts'

/**
 * What Muelle remembers: apps, releases, deployments and their journal. One SQLite file, in WAL mode and fsynced at every
 * commit. Nothing in it is needed to keep the apps serving.
 */
export type Store = ReturnType<typeof openStore>

export function openStore(file: string) {
  const database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000')
  migrate(database)
  return {
    ...appRows(database),
    ...releaseRows(database),
    ...deploymentRows(database),
    ...backupRows(database),
    ...precautionRows(database),
    ...wishRows(database),
    ...leaseRows(database),
    close: (): void => database.close(),
  }
}

/** In one transaction, because another process may be opening the same old file. */
function migrate(database: DatabaseSync): void {
  const version = (): number => Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  if (version() === migrations.length) return
  inTransaction(database, () => {
    for (const step of migrations.slice(version())) database.exec(step)
    database.exec(`PRAGMA user_version = ${migrations.length}`)
  })
}
