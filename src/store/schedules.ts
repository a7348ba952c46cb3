import type { DatabaseSync } from 'node:sqlite'
import type { NewJob } from './jobs.ts'
import { inTransaction } from './transaction.ts'

export interface ScheduleRecord {
  name: string
  /** What came due until then was dealt with. */
  handledUntil: Date
  /** The last job that it queued. */
  job: number | null
}

/** How far the schedules of each app are. */
export function scheduleRows(database: DatabaseSync, enqueue: (job: NewJob) => number) {
  return {
    schedules: (app: string): ScheduleRecord[] =>
      database
        .prepare('SELECT name, handled_until, job FROM schedule WHERE app = ?')
        .all(app)
        .map((row) => ({
          name: String(row['name']),
          handledUntil: new Date(String(row['handled_until'])),
          job: row['job'] as number | null,
        })),

    /** What came due until then is dealt with, and its job queued, or neither. */
    handleSchedule: ({ app, name, until }: { app: string; name: string; until: Date }, job?: NewJob): void =>
      inTransaction(database, () => {
        const queued = job === undefined ? null : enqueue(job)
        database
          .prepare(
            `INSERT INTO schedule (app, name, handled_until, job) VALUES (?, ?, ?, ?) ON CONFLICT (app, name) DO UPDATE
             SET handled_until = excluded.handled_until, job = coalesce(excluded.job, job)`,
          )
          .run(app, name, until.toISOString(), queued)
      }),
  }
}
