import type { DatabaseSync } from 'node:sqlite'
import type { Channel, Notice } from '../notify/notice.ts'

/** A notice on its way to one channel. Times are milliseconds since the epoch. */
export interface Notification {
  id: string
  app: string
  channel: Channel
  /** As in the Compose file: a secret in it is only named. */
  target: string
  notice: Notice
  createdAt: number
  /** Attempts that failed, or that died. */
  attempts: number
  /** When it is due; null once it was delivered or given up. */
  nextAt: number | null
  deliveredAt: number | null
  /** Why the last attempt failed. */
  error: string | null
}

export type NewNotification = Pick<Notification, 'id' | 'app' | 'channel' | 'target' | 'notice' | 'createdAt'>

const month = 30 * 86_400_000

/** Notices that wait to be sent, and those of the last month that were. */
export function notificationRows(database: DatabaseSync) {
  return {
    /** @returns false when the same was told within the time */
    addNotification: (added: NewNotification, key: string, quietMs: number): boolean => {
      const { id, app, channel, target, notice, createdAt } = added
      const { changes } = database
        .prepare(
          `INSERT INTO notification (id, app, channel, target, key, notice, created_at, attempts, next_at)
           SELECT :id, :app, :channel, :target, :key, :notice, :now, 0, :now WHERE NOT EXISTS
           (SELECT 1 FROM notification WHERE app = :app AND channel = :channel AND target = :target AND key = :key
            AND created_at > :since)`,
        )
        .run({
          ...{ id, app, channel, target, key, notice: JSON.stringify(notice) },
          ...{ now: createdAt, since: createdAt - quietMs },
        })
      database
        .prepare('DELETE FROM notification WHERE next_at IS NULL AND created_at < ?')
        .run(createdAt - month)
      return changes === 1
    },

    /** Oldest first. */
    dueNotifications: (now: number): Notification[] =>
      database
        .prepare('SELECT * FROM notification WHERE next_at <= ? ORDER BY created_at LIMIT 50')
        .all(now)
        .map(readNotification),

    /** Takes it for one attempt, unless another process was faster; one that dies leaves it to the next after a while. */
    claimNotification: ({ id, nextAt }: Notification, until: number): boolean =>
      database
        .prepare('UPDATE notification SET attempts = attempts + 1, next_at = ? WHERE id = ? AND next_at = ?')
        .run(until, id, nextAt).changes === 1,

    endNotification: (id: string, deliveredAt: number): void => {
      database
        .prepare('UPDATE notification SET next_at = NULL, delivered_at = ?, error = NULL WHERE id = ?')
        .run(deliveredAt, id)
    },

    /** @param nextAt null to give it up */
    delayNotification: (id: string, error: string, nextAt: number | null): void => {
      database.prepare('UPDATE notification SET next_at = ?, error = ? WHERE id = ?').run(nextAt, error, id)
    },

    /** Newest first. */
    notifications: (app: string): Notification[] =>
      database
        .prepare('SELECT * FROM notification WHERE app = ? ORDER BY created_at DESC, channel LIMIT 50')
        .all(app)
        .map(readNotification),
  }
}

function readNotification(row: Record<string, unknown>): Notification {
  return {
    id: String(row['id']),
    app: String(row['app']),
    channel: row['channel'] as Channel,
    target: String(row['target']),
    notice: JSON.parse(String(row['notice'])) as Notice,
    createdAt: Number(row['created_at']),
    attempts: Number(row['attempts']),
    nextAt: row['next_at'] as number | null,
    deliveredAt: row['delivered_at'] as number | null,
    error: row['error'] as string | null,
  }
}
