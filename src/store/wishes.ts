import type { DatabaseSync } from 'node:sqlite'

/** Why deployments that nobody watches are kept out. */
export interface UpdatesPause {
  since: string
  reason: string
  /** A person wanted it; only a person ends it. */
  byHand: boolean
}

/** What people asked for, beside releases: replicas, no updates for now, a canary for all. */
export function wishRows(database: DatabaseSync) {
  const now = (): string => new Date().toISOString()
  return {
    /** Replicas that people asked for by hand, by service. */
    scales: (app: string): Record<string, number> =>
      Object.fromEntries(
        database
          .prepare('SELECT service, replicas FROM scale WHERE app = ?')
          .all(app)
          .map((row) => [String(row['service']), Number(row['replicas'])]),
      ),

    keepScale: (app: string, service: string, replicas: number): void => {
      database
        .prepare('INSERT OR REPLACE INTO scale (app, service, replicas) VALUES (?, ?, ?)')
        .run(app, service, replicas)
    },

    updatesPause: (app: string): UpdatesPause | undefined => {
      const row = database.prepare('SELECT * FROM updates_pause WHERE app = ?').get(app)
      if (row === undefined) return undefined
      return { since: String(row['since']), reason: String(row['reason']), byHand: row['by_hand'] === 1 }
    },

    /** A pause that a person wanted stays as it is, whatever comes by itself. */
    pauseUpdates: (app: string, { reason, byHand }: Omit<UpdatesPause, 'since'>): void => {
      database
        .prepare(
          `INSERT INTO updates_pause (app, since, reason, by_hand) VALUES (?, ?, ?, ?) ON CONFLICT (app) DO UPDATE
           SET since = excluded.since, reason = excluded.reason, by_hand = excluded.by_hand
           WHERE by_hand = 0 OR excluded.by_hand = 1`,
        )
        .run(app, now(), reason, byHand ? 1 : 0)
    },

    resumeUpdates: (app: string, { unlessByHand = false }: { unlessByHand?: boolean } = {}): void => {
      database
        .prepare(`DELETE FROM updates_pause WHERE app = ?${unlessByHand ? ' AND by_hand = 0' : ''}`)
        .run(app)
    },

    /** Tells whoever carries out the app's canary what a person decided. */
    decide: (app: string, decision: 'promote'): void => {
      database.prepare('INSERT OR REPLACE INTO decision (app, decision) VALUES (?, ?)').run(app, decision)
    },

    /** What was decided since it was last asked. */
    takeDecision: (app: string): 'promote' | undefined => {
      const row = database.prepare('DELETE FROM decision WHERE app = ? RETURNING decision').get(app)
      return row?.['decision'] as 'promote' | undefined
    },
  }
}
