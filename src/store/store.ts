import type { DatabaseSync } from 'node:sqlite'
import { accessRows } from './access.ts'
import { appRows } from './apps.ts'
import { backupRows } from './backups.ts'
import { Database } from './database.ts'
import { deliveryRows } from './deliveries.ts'
import { deploymentRows } from './deployments.ts'
import { eventRows } from './events.ts'
import { jobRows } from './jobs.ts'
import { leaseRows } from './lease-holders.ts'
import { notificationRows } from './notifications.ts'
import { precautionRows } from './precautions.ts'
import { releaseRows } from './releases.ts'
import { scheduleRows } from './schedules.ts'
import { migrations } from './schema.ts'
import { sourceRows } from './sources.ts'
import { inTransaction } from './transaction.ts'
import { wishRows } from './wishes.ts'

/**
 * What Muelle remembers: apps, releases, deployments and their journal. One SQLite file, in WAL mode and fsynced at every
 * commit. Nothing in it is needed to keep the apps serving.
 */
export type Store = ReturnType<typeof openStore>

/** @param job the job of the agent that this process carries out, for the deployments that it begins */
export function openStore(file: string, job?: number) {
  const database = new Database(file)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000')
  migrate(database)
  const events = eventRows(database)
  const jobs = jobRows(database)
  return {
    ...appRows(database),
    ...releaseRows(database),
    ...deploymentRows(database, { job, recordEnd: events.recordEnd }),
    ...events,
    ...jobs,
    ...deliveryRows(database, jobs.enqueue),
    ...accessRows(database),
    ...scheduleRows(database, jobs.enqueue),
    ...backupRows(database),
    ...sourceRows(database),
    ...notificationRows(database),
    ...precautionRows(database),
    ...wishRows(database),
    ...leaseRows(database),
    /** Another one each time that another process has written. */
    version: (): number => Number(database.prepare('PRAGMA data_version').get()?.['data_version']),
    close: (): void => {
      events.flushEvents()
      database.close()
    },
  }
}

/**
 * In one transaction, because another process may be opening the same old file. A newer program may have been here, such as
 * a command line beside an agent that was not upgraded yet: what it has added stays, and is on record.
 */
function migrate(database: DatabaseSync): void {
  const version = (): number => Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  if (version() >= migrations.length) return
  inTransaction(database, () => {
    if (version() >= migrations.length) return
    for (const step of migrations.slice(version())) database.exec(step)
    database.exec(`PRAGMA user_version = ${migrations.length}`)
  })
}
