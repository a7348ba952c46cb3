import type { DatabaseSync } from 'node:sqlite'

/** A restore point that is put in place should the deployment of a release fail. */
export interface RestorePromise {
  point: string
  release: number
}

/** What is done for the data before release commands. */
export function precautionRows(database: DatabaseSync) {
  return {
    linkRestorePoint: (app: string, release: number, point: string): void => {
      database
        .prepare('UPDATE release SET restore_point = ? WHERE app = ? AND number = ?')
        .run(point, app, release)
    },

    /** Its release commands begin: from now on the data may be another. */
    noteTouchedData: (app: string, release: number): void => {
      database.prepare('UPDATE release SET touched_data = 1 WHERE app = ? AND number = ?').run(app, release)
    },

    /** What a rehearsal of the release's commands has shown, as JSON (src/backup/rehearsal.ts). */
    keepRehearsal: (app: string, release: number, report: string): void => {
      database
        .prepare('INSERT OR REPLACE INTO rehearsal (app, release, report) VALUES (?, ?, ?)')
        .run(app, release, report)
    },

    rehearsal: (app: string, release: number): string | undefined => {
      const row = database
        .prepare('SELECT report FROM rehearsal WHERE app = ? AND release = ?')
        .get(app, release)
      return row === undefined ? undefined : String(row['report'])
    },

    promiseRestore: (app: string, { point, release }: RestorePromise): void => {
      database
        .prepare('INSERT OR REPLACE INTO restore_promise (app, point, release) VALUES (?, ?, ?)')
        .run(app, point, release)
    },

    restorePromise: (app: string): RestorePromise | undefined => {
      const row = database.prepare('SELECT point, release FROM restore_promise WHERE app = ?').get(app)
      return row === undefined ? undefined : { point: String(row['point']), release: Number(row['release']) }
    },

    dropRestorePromise: (app: string): void => {
      database.prepare('DELETE FROM restore_promise WHERE app = ?').run(app)
    },
  }
}
