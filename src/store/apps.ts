import type { DatabaseSync } from 'node:sqlite'

export interface AppRecord {
  name: string
  directory: string
  environment: string
}

const ofAnApp = [
  'journal',
  'deployment',
  'release',
  'decision',
  'scale',
  'source',
  'updates_pause',
  'rehearsal',
  'restore_promise',
  'event',
  'branch_head',
  'schedule',
]

/** The apps of this machine. */
export function appRows(database: DatabaseSync) {
  return {
    rememberApp: (app: AppRecord): void => {
      database
        .prepare(
          'INSERT INTO app (name, directory, environment) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET directory = excluded.directory, environment = excluded.environment',
        )
        .run(app.name, app.directory, app.environment)
    },

    apps: (): AppRecord[] =>
      database
        .prepare('SELECT name, directory, environment FROM app ORDER BY name')
        .all() as unknown as AppRecord[],

    forgetApp: (name: string): void => {
      for (const table of ofAnApp) database.prepare(`DELETE FROM ${table} WHERE app = ?`).run(name)
      database.prepare("DELETE FROM job WHERE app = ? AND state = 'waiting'").run(name)
      database.prepare('DELETE FROM app WHERE name = ?').run(name)
    },

    isInMaintenance: (app: string): boolean =>
      database.prepare('SELECT maintenance FROM app WHERE name = ?').get(app)?.['maintenance'] === 1,

    setMaintenance: (app: string, on: boolean): void => {
      database.prepare('UPDATE app SET maintenance = ? WHERE name = ?').run(on ? 1 : 0, app)
    },
  }
}
