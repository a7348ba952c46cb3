import type { DatabaseSync } from 'node:sqlite'
import type { JournalPhase } from '../deploy/step.ts'
import type { ErrorReport } from '../errors/muelle-error.ts'
import { inTransaction } from './transaction.ts'

export type DeploymentKind =
  | 'up'
  | 'promote'
  | 'rollback'
  | 'restart'
  | 'scale'
  | 'maintenance'
  | 'backup'
  | 'drill'
  | 'restore'
  | 'rehearsal'

export type Outcome = 'running' | 'succeeded' | 'failed' | 'interrupted'

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

export interface DeploymentDetails extends DeploymentRecord {
  /** The job of the agent that began it. */
  job: number | null
  error: ErrorReport | null
}

export interface JournalEntry {
  app: string
  deployment: number
  /** Of the step in the plan, from 0. */
  position: number
  step: unknown
  phase: JournalPhase
}

export interface UnfinishedDeployment extends DeploymentRecord {
  plan: readonly unknown[]
  runner: string
  /** The last phase of each step that began, by position. */
  phases: ReadonlyMap<number, JournalPhase>
}

interface Told {
  /** The job of the agent that begins them. */
  job: number | undefined
  /** Tells whoever watches. */
  recordEnd: (app: string, deployment: number, end: object) => void
}

/** Deployments with their plans, and the journal of their steps. */
export function deploymentRows(database: DatabaseSync, { job, recordEnd }: Told) {
  const now = (): string => new Date().toISOString()
  return {
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
          "INSERT INTO deployment (app, kind, from_release, to_release, started_at, outcome, plan, runner, allowed, job) VALUES (?, ?, ?, ?, ?, 'running', ?, ?, ?, ?)",
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
          job ?? null,
        )
      return Number(lastInsertRowid)
    },

    /** Written, and on the disk, before and after the effect of each step. */
    journal: (entry: JournalEntry): void => {
      const { app, deployment, position, step, phase } = entry
      database
        .prepare('INSERT INTO journal (app, deployment, position, step, phase, at) VALUES (?, ?, ?, ?, ?, ?)')
        .run(app, deployment, position, JSON.stringify(step), phase, now())
    },

    endDeployment: (id: number, outcome: Outcome, error?: ErrorReport): void => {
      inTransaction(database, () => {
        const row = database
          .prepare('UPDATE deployment SET ended_at = ?, outcome = ?, error = ? WHERE id = ? RETURNING app')
          .get(now(), outcome, error === undefined ? null : JSON.stringify(error), id)
        if (row !== undefined) recordEnd(String(row['app']), id, { outcome, error })
      })
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

    deployment: (id: number): DeploymentDetails | undefined => {
      const row = database.prepare('SELECT * FROM deployment WHERE id = ?').get(id)
      return row === undefined ? undefined : readDetails(row)
    },

    /** Newest first, before an id. */
    deployments: (app: string, { before, limit }: { before: number; limit: number }): DeploymentDetails[] =>
      database
        .prepare('SELECT * FROM deployment WHERE app = ? AND id < ? ORDER BY id DESC LIMIT ?')
        .all(app, before, limit)
        .map(readDetails),

    lastDeployment: (app: string): DeploymentRecord | undefined => {
      const row = database.prepare('SELECT * FROM deployment WHERE app = ? ORDER BY id DESC LIMIT 1').get(app)
      return row === undefined ? undefined : readDeployment(row)
    },

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
  }
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

function readDetails(row: Record<string, unknown>): DeploymentDetails {
  const error = row['error'] === null ? null : (JSON.parse(String(row['error'])) as ErrorReport)
  return { ...readDeployment(row), job: row['job'] as number | null, error }
}
