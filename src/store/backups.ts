import type { DatabaseSync } from 'node:sqlite'

/** `unproven`: in the repository, and nobody has restored it yet. `failed`: it is none, or did not come back whole. */
export type BackupState = 'running' | 'unproven' | 'proven' | 'failed'

export interface BackupRecord {
  app: string
  point: string
  state: BackupState
  /** ISO 8601. */
  beganAt: string
  /** How long it took to dump and to keep. */
  durationMs: number | null
  sizeBytes: number | null
  /** How long the drill took to fetch and to load, which is what a restore takes. */
  restoreMs: number | null
  provenAt: string | null
  /** Why it failed. */
  reason: string | null
  /** What is in it, as JSON (src/backup/manifest.ts). */
  manifest: string | null
}

/** A database that served before a restore, under its present name. */
export interface KeptDatabase {
  service: string
  name: string
  original: string
  since: string
}

type Changes = Partial<Omit<BackupRecord, 'app' | 'point' | 'beganAt'>>

const columns: Readonly<Record<keyof Changes, string>> = {
  state: 'state',
  durationMs: 'duration_ms',
  sizeBytes: 'size_bytes',
  restoreMs: 'restore_ms',
  provenAt: 'proven_at',
  reason: 'reason',
  manifest: 'manifest',
}

/** Restore points, and the databases that restores have put aside. They outlive the app: `down` may be a mistake. */
export function backupRows(database: DatabaseSync) {
  const change = (app: string, point: string, changes: Changes): void => {
    for (const [key, value] of Object.entries(changes) as [keyof Changes, string | number | null][])
      database
        .prepare(`UPDATE backup SET ${columns[key]} = ? WHERE app = ? AND point = ?`)
        .run(value, app, point)
  }
  return {
    /** Does nothing when it is there already. */
    beginBackup: (app: string, point: string, beganAt: string): void => {
      database
        .prepare("INSERT OR IGNORE INTO backup (app, point, state, began_at) VALUES (?, ?, 'running', ?)")
        .run(app, point, beganAt)
    },

    changeBackup: change,

    forgetBackup: (app: string, point: string): void => {
      database.prepare('DELETE FROM backup WHERE app = ? AND point = ?').run(app, point)
    },

    /** Newest first. */
    backups: (app: string): BackupRecord[] =>
      database
        .prepare('SELECT * FROM backup WHERE app = ? ORDER BY began_at DESC, point DESC')
        .all(app)
        .map(readBackup),

    /** What was committed until then outlives this machine. */
    shipHistory: (app: string, service: string, at: string): void => {
      database
        .prepare('INSERT OR REPLACE INTO history (app, service, shipped_at) VALUES (?, ?, ?)')
        .run(app, service, at)
    },

    historyShippedAt: (app: string, service: string): string | undefined => {
      const row = database
        .prepare('SELECT shipped_at FROM history WHERE app = ? AND service = ?')
        .get(app, service)
      return row === undefined ? undefined : String(row['shipped_at'])
    },

    keepDatabase: (app: string, { service, name, original, since }: KeptDatabase): void => {
      database
        .prepare(
          'INSERT OR REPLACE INTO kept_database (app, service, name, original, since) VALUES (?, ?, ?, ?, ?)',
        )
        .run(app, service, name, original, since)
    },

    keptDatabases: (app: string): KeptDatabase[] =>
      database
        .prepare('SELECT service, name, original, since FROM kept_database WHERE app = ? ORDER BY since')
        .all(app) as unknown as KeptDatabase[],

    forgetDatabase: (app: string, service: string, name: string): void => {
      database
        .prepare('DELETE FROM kept_database WHERE app = ? AND service = ? AND name = ?')
        .run(app, service, name)
    },
  }
}

function readBackup(row: Record<string, unknown>): BackupRecord {
  return {
    app: String(row['app']),
    point: String(row['point']),
    state: row['state'] as BackupState,
    beganAt: String(row['began_at']),
    durationMs: row['duration_ms'] as number | null,
    sizeBytes: row['size_bytes'] as number | null,
    restoreMs: row['restore_ms'] as number | null,
    provenAt: row['proven_at'] as string | null,
    reason: row['reason'] as string | null,
    manifest: row['manifest'] as string | null,
  }
}
