import { DatabaseSync } from 'node:sqlite'
import type { JournalPhase } from '../deploy/step.ts'
import type { ErrorReport } from '../errors/muelle-error.ts'
import { uptimeMs } from '../processes.ts'
import { migrations } from './schema.ts'
import { inTransaction } from './transaction.ts'

export type DeploymentKind = 'up' | 'promote' | 'rollback' | 'restart' | 'scale' | 'maintenance'
export type Outcome = 'running' | 'succeeded' | 'failed' | 'interrupted'
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
}

export interface AppRecord {
  name: string
  directory: string
  environment: string
}

export interface DeploymentRecord {
  id: number
  app: string
  kind: DeploymentKind
  from: number | null
  to: number | null
  startedAt: string
  endedAt: string | null
  outcome: Outcome
}

export interface JournalEntry {
  app: string
  deployment: number
  /** Of the step in the plan, from 0. */
  position: number
  step: unknown
  phase: JournalPhase
}

/** Why deployments that nobody watches are kept out. */
export interface UpdatesPause {
  since: string
  reason: string
  /** A person wanted it; only a person ends it. */
  byHand: boolean
}

export interface UnfinishedDeployment extends DeploymentRecord {
  plan: readonly unknown[]
  runner: string
  /** The last phase of each step that began, by position. */
  phases: ReadonlyMap<number, JournalPhase>
}

/**
 * What Muelle remembers: apps, releases, deployments and their journal. One SQLite file, in WAL mode and fsynced at every
 * commit. Nothing in it is needed to keep the apps serving.
 */
export type Store = ReturnType<typeof openStore>

export function openStore(file: string) {
  const database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000')
  migrate(database)
  const now = (): string => new Date().toISOString()

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
      for (const table of ['journal', 'deployment', 'release', 'decision', 'scale', 'updates_pause']) {
        database.prepare(`DELETE FROM ${table} WHERE app = ?`).run(name)
      }
      database.prepare('DELETE FROM app WHERE name = ?').run(name)
    },

    /** The number of the next release: numbers are never used twice, not even after a failure. */
    nextRelease: (app: string): number => {
      const row = database
        .prepare(
          'SELECT max(number) AS last FROM (SELECT number FROM release WHERE app = :app UNION SELECT to_release FROM deployment WHERE app = :app)',
        )
        .get({ app })
      return Number(row?.['last'] ?? 0) + 1
    },

    addRelease: (release: Omit<ReleaseRecord, 'createdAt' | 'state'>): void => {
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

    beginDeployment: (deployment: {
      app: string
      kind: DeploymentKind
      from: number | undefined
      to: number | undefined
      plan: readonly unknown[]
      /** The process that carries it out; recovery ends what that has left running. */
      runner: string
      allowed?: readonly string[]
    }): number => {
      const { app, kind, from, to, plan, runner, allowed = [] } = deployment
      const { lastInsertRowid } = database
        .prepare(
          "INSERT INTO deployment (app, kind, from_release, to_release, started_at, outcome, plan, runner, allowed) VALUES (?, ?, ?, ?, ?, 'running', ?, ?, ?)",
        )
        .run(
          app,
          kind,
          from ?? null,
          to ?? null,
          now(),
          JSON.stringify(plan),
          runner,
          JSON.stringify(allowed),
        )
      return Number(lastInsertRowid)
    },

    endDeployment: (id: number, outcome: Outcome, error?: ErrorReport): void => {
      database
        .prepare('UPDATE deployment SET ended_at = ?, outcome = ?, error = ? WHERE id = ?')
        .run(now(), outcome, error === undefined ? null : JSON.stringify(error), id)
    },

    /** Deployments that were begun and not ended; whoever holds the lease knows that their runner died. Newest first. */
    unfinished: (app: string): UnfinishedDeployment[] =>
      database
        .prepare("SELECT * FROM deployment WHERE app = ? AND outcome = 'running' ORDER BY id DESC")
        .all(app)
        .map((row) => ({
          ...readDeployment(row),
          plan: JSON.parse(String(row['plan'])) as unknown[],
          runner: String(row['runner']),
          phases: new Map(
            database
              .prepare('SELECT position, phase FROM journal WHERE deployment = ? ORDER BY id')
              .all(row['id'] as number)
              .map((entry) => [Number(entry['position']), entry['phase'] as JournalPhase]),
          ),
        })),

    /** The release that was live when this one was deployed. */
    predecessor: (app: string, release: number): number | undefined => {
      const row = database
        .prepare(
          "SELECT from_release FROM deployment WHERE app = ? AND to_release = ? AND kind IN ('up', 'promote') AND outcome = 'succeeded'",
        )
        .get(app, release)
      return (row?.['from_release'] as number | null | undefined) ?? undefined
    },

    /** Rules of the check that found something when a release was deployed, and were allowed to. */
    allowed: (app: string, release: number): string[] => {
      const row = database
        .prepare(
          "SELECT allowed FROM deployment WHERE app = ? AND to_release = ? AND kind IN ('up', 'promote') ORDER BY id DESC LIMIT 1",
        )
        .get(app, release)
      return row === undefined ? [] : (JSON.parse(String(row['allowed'])) as string[])
    },

    lastDeployment: (app: string): DeploymentRecord | undefined => {
      const row = database.prepare('SELECT * FROM deployment WHERE app = ? ORDER BY id DESC LIMIT 1').get(app)
      return row === undefined ? undefined : readDeployment(row)
    },

    /** Written, and on the disk, before and after the effect of each step. */
    journal: (entry: JournalEntry): void => {
      const { app, deployment, position, step, phase } = entry
      database
        .prepare('INSERT INTO journal (app, deployment, position, step, phase, at) VALUES (?, ?, ?, ?, ?, ?)')
        .run(app, deployment, position, JSON.stringify(step), phase, now())
    },

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

    isInMaintenance: (app: string): boolean =>
      database.prepare('SELECT maintenance FROM app WHERE name = ?').get(app)?.['maintenance'] === 1,

    setMaintenance: (app: string, on: boolean): void => {
      database.prepare('UPDATE app SET maintenance = ? WHERE name = ?').run(on ? 1 : 0, app)
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

    /** Takes the app's lease, or returns who holds it. A lease whose owner is dead or late is taken over. */
    acquire: (app: string, owner: string, options: { ms: number; isAlive: (owner: string) => boolean }) => {
      return inTransaction(database, () => {
        const held = database.prepare('SELECT * FROM lease WHERE app = ?').get(app)
        const holder = held === undefined ? undefined : String(held['owner'])
        const free =
          holder === undefined ||
          holder === owner ||
          Number(held?.['expires_at_uptime_ms']) < uptimeMs() ||
          !options.isAlive(holder)
        if (!free) return holder
        database
          .prepare('INSERT OR REPLACE INTO lease (app, owner, expires_at_uptime_ms) VALUES (?, ?, ?)')
          .run(app, owner, uptimeMs() + options.ms)
        return undefined
      })
    },

    release: (app: string, owner: string): void => {
      database.prepare('DELETE FROM lease WHERE app = ? AND owner = ?').run(app, owner)
    },

    close: (): void => database.close(),
  }
}

/** In one transaction, because another process may be opening the same old file. */
function migrate(database: DatabaseSync): void {
  const version = (): number => Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  if (version() === migrations.length) return
  inTransaction(database, () => {
    for (const step of migrations.slice(version())) database.exec(step)
    database.exec(`PRAGMA user_version = ${migrations.length}`)
  })
}

function readDeployment(row: Record<string, unknown>): DeploymentRecord {
  return {
    id: Number(row['id']),
    app: String(row['app']),
    kind: row['kind'] as DeploymentKind,
    from: row['from_release'] as number | null,
    to: row['to_release'] as number | null,
    startedAt: String(row['started_at']),
    endedAt: row['ended_at'] as string | null,
    outcome: row['outcome'] as Outcome,
  }
}
