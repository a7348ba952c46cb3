import type { DatabaseSync } from 'node:sqlite'

/** Where in its repository an app is, as it was last deployed by hand. */
export interface SourceRecord {
  /** Such as `backend/`; empty at the top. */
  prefix: string
  /** Compose files that were named, relative to the folder of the app; none for the usual one. */
  files: readonly string[]
}

export function sourceRows(database: DatabaseSync) {
  return {
    keepSource: (app: string, { prefix, files }: SourceRecord): void => {
      database
        .prepare('INSERT OR REPLACE INTO source (app, prefix, files) VALUES (?, ?, ?)')
        .run(app, prefix, JSON.stringify(files))
    },

    source: (app: string): SourceRecord => {
      const row = database.prepare('SELECT prefix, files FROM source WHERE app = ?').get(app)
      if (row === undefined) return { prefix: '', files: [] }
      return { prefix: String(row['prefix']), files: JSON.parse(String(row['files'])) as string[] }
    },
  }
}
