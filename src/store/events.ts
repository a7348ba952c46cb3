import type { DatabaseSync } from 'node:sqlite'
import type { DeploymentEvent } from '../events/events.ts'
import { inTransaction } from './transaction.ts'

/** What deployments told, and how each of them ended, in the order in which that was written. */
export interface RecordedEvent {
  /** Ascending; whoever has seen one asks for those after it. */
  id: number
  app: string
  deployment: number
  /** ISO 8601. */
  at: string
  type: DeploymentEvent['type'] | 'ended'
  data: unknown
}

type NewEvent = Omit<RecordedEvent, 'id'>

/**
 * Each commit is an fsync, for which the deployment itself waits, and a build prints thousands of lines: they are written
 * together. Whoever watches from another process is so much behind.
 */
const patienceMs = 1000

/** Of each app; those of earlier deployments are in the log of their job. */
const keptDeployments = 20

/** What whoever watches a deployment from another process reads. */
export function eventRows(database: DatabaseSync) {
  let waiting: NewEvent[] = []
  let timer: NodeJS.Timeout | undefined

  const insert = ({ app, deployment, at, type, data }: NewEvent): void => {
    database
      .prepare('INSERT INTO event (app, deployment, at, type, data) VALUES (?, ?, ?, ?, ?)')
      .run(app, deployment, at, type, JSON.stringify(data))
  }
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    const events = waiting
    waiting = []
    if (events.length === 0 || !database.isOpen) return
    if (database.isTransaction) events.forEach(insert)
    else inTransaction(database, () => events.forEach(insert))
  }
  const flushIfPossible = (): void => {
    try {
      flush()
    } catch {
      // Whoever watches misses something; the deployment itself goes on.
    }
  }
  return {
    /** Written within a second, and at the latest with the end of the deployment. Never throws. */
    recordEvent: (app: string, deployment: number, { type, ...data }: DeploymentEvent): void => {
      waiting.push({ app, deployment, at: new Date().toISOString(), type, data })
      timer ??= setTimeout(flushIfPossible, patienceMs).unref()
    },

    recordEnd: (app: string, deployment: number, data: object): void => {
      flushIfPossible()
      insert({ app, deployment, at: new Date().toISOString(), type: 'ended', data })
    },

    flushEvents: flushIfPossible,

    forgetOldEvents: (app: string): void => {
      database
        .prepare(
          `DELETE FROM event WHERE app = :app AND deployment < (
             SELECT min(id) FROM (SELECT id FROM deployment WHERE app = :app ORDER BY id DESC LIMIT ${keptDeployments}))`,
        )
        .run({ app })
    },

    eventsAfter: (id: number, { app, limit }: { app: string | undefined; limit: number }): RecordedEvent[] =>
      database
        .prepare('SELECT * FROM event WHERE id > ? AND (? IS NULL OR app = ?) ORDER BY id LIMIT ?')
        .all(id, app ?? null, app ?? null, limit)
        .map((row) => ({
          id: Number(row['id']),
          app: String(row['app']),
          deployment: Number(row['deployment']),
          at: String(row['at']),
          type: row['type'] as RecordedEvent['type'],
          data: JSON.parse(String(row['data'])),
        })),

    /** Whoever asks for what comes now begins after it. */
    lastEvent: (): number =>
      Number(database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'event'").get()?.['seq'] ?? 0),
  }
}
