import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from './transaction.ts'

export type ReleaseState = 'new' | 'live' | 'superseded' | 'failed' | 'pruned'

export interface ReleaseRecord {
  app: string
  number: number
  createdAt: string
  /** Git commit of the project folder, with `+` when it had uncommitted changes; null outside Git. */
  commit: string | null
  state: ReleaseState
  /** Image id by service. */
  images: Readonly<Record<string, string>>
  /** Made before its release commands. */
  restorePoint: string | null
  /** Its release commands have begun at least. */
  touchedData: boolean
}

/** The releases of each app; `activate` makes one the live one. */
export function releaseRows(database: DatabaseSync) {
  const now = (): string => new Date().toISOString()
  return {
    /** The number of the next release: numbers are never used twice, not even after a failure. */
    nextRelease: (app: string): number => {
      const row = database
        .prepare(
          'SELECT max(number) AS last FROM (SELECT number FROM release WHERE app = :app UNION SELECT to_release FROM deployment WHERE app = :app)',
        )
        .get({ app })
      return Number(row?.['last'] ?? 0) + 1
    },

    addRelease: (
      release: Omit<ReleaseRecord, 'createdAt' | 'state' | 'restorePoint' | 'touchedData'>,
    ): void => {
      database
        .prepare(
          "INSERT INTO release (app, number, created_at, commit_id, state, images) VALUES (?, ?, ?, ?, 'new', ?)",
        )
        .run(release.app, release.number, now(), release.commit, JSON.stringify(release.images))
    },

    /** Newest first. */
    releases: (app: string): ReleaseRecord[] =>
      database
        .prepare('SELECT * FROM release WHERE app = ? ORDER BY number DESC')
        .all(app)
        .map((row) => ({
          app,
          number: Number(row['number']),
          createdAt: String(row['created_at']),
          commit: row['commit_id'] as string | null,
          state: row['state'] as ReleaseState,
          images: JSON.parse(String(row['images'])) as Record<string, string>,
          restorePoint: row['restore_point'] as string | null,
          touchedData: row['touched_data'] === 1,
        })),

    markRelease: (app: string, number: number, state: ReleaseState): void => {
      database.prepare('UPDATE release SET state = ? WHERE app = ? AND number = ?').run(state, app, number)
    },

    /** Makes one release the live one, in one transaction. */
    activate: (app: string, number: number): void => {
      inTransaction(database, () => {
        database.prepare("UPDATE release SET state = 'superseded' WHERE app = ? AND state = 'live'").run(app)
        database.prepare("UPDATE release SET state = 'live' WHERE app = ? AND number = ?").run(app, number)
      })
    },
  }
}
