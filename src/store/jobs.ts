import type { DatabaseSync } from 'node:sqlite'
import type { ErrorReport } from '../errors/muelle-error.ts'
import type { Outcome } from './deployments.ts'
import { inTransaction } from './transaction.ts'

export type JobKind =
  | 'update'
  | 'deploy'
  | 'rollback'
  | 'backup'
  | 'drill'
  | 'certificates'
  | 'run'
  | 'up'
  | 'promote'
  | 'restart'
  | 'scale'
  | 'restore'
  | 'rehearse'

/**
 * `waiting` in the queue; `starting`, given to a process that has not said yet that it has it; `running`; the rest are
 * ends. `superseded`: a newer one came before it began.
 */
export type JobState = 'waiting' | 'starting' | 'running' | 'succeeded' | 'failed' | 'superseded'

export interface Job {
  id: number
  app: string
  kind: JobKind
  /** What more there is to say, such as the release to return to. */
  request: Readonly<Record<string, string | number>>
  cause: 'webhook' | 'poll' | 'api' | 'schedule' | 'command'
  /** Who, for people. */
  askedBy: string
  state: JobState
  /** How often it was given to a process; a process that has an older number has no claim. */
  attempt: number
  /** The process that has it. */
  runner: string
  /** When one that failed for a passing reason is tried again; null of any other. */
  notBefore: string | null
  createdAt: string
  startedAt: string | null
  endedAt: string | null
  error: ErrorReport | null
  /** Who wants it to end and be taken back. */
  stopAskedBy: string | null
}

export type NewJob = Pick<Job, 'app' | 'kind' | 'request' | 'cause' | 'askedBy'>

/** The one that a process has, by what the agent told it. */
export type Claim = Pick<Job, 'id' | 'attempt'>

/** Ended ones that stay for people to look at, of each app. */
const kept = 200

/** What changes an app takes turns; a job of the app's own, such as a long report, is in nobody's way but its own. */
const lane = "CASE kind WHEN 'run' THEN request ELSE '' END"

/** The queue. Each change is one transaction, on the disk when it returns. */
export function jobRows(database: DatabaseSync) {
  const now = (): string => new Date().toISOString()
  const select = (rest: string, ...values: (string | number | null | Record<string, number>)[]): Job[] =>
    database
      .prepare(`SELECT * FROM job ${rest}`)
      .all(...(values as number[]))
      .map(readJob)
  const change = (sql: string, ...values: (string | number | null)[]): boolean =>
    database.prepare(`UPDATE job SET ${sql}`).run(...values).changes === 1

  return {
    /** In the caller's transaction, if there is one. Of updates of one app that wait, the newest is enough. */
    enqueue: (job: NewJob): number => {
      const add = (): number => {
        const { lastInsertRowid } = database
          .prepare(
            "INSERT INTO job (app, kind, request, cause, asked_by, state, created_at) VALUES (?, ?, ?, ?, ?, 'waiting', ?)",
          )
          .run(job.app, job.kind, JSON.stringify(job.request), job.cause, job.askedBy, now())
        const id = Number(lastInsertRowid)
        if (job.kind === 'update')
          database
            .prepare(
              "UPDATE job SET state = 'superseded', ended_at = ? WHERE app = ? AND kind = 'update' AND state = 'waiting' AND id < ?",
            )
            .run(now(), job.app, id)
        return id
      }
      return database.isTransaction ? add() : inTransaction(database, add)
    },

    /** A job of which the caller starts the process himself, because only he has what that needs. */
    beginJob: (job: NewJob): Claim => {
      const { lastInsertRowid } = database
        .prepare(
          "INSERT INTO job (app, kind, request, cause, asked_by, state, attempt, created_at) VALUES (?, ?, ?, ?, ?, 'starting', 1, ?)",
        )
        .run(job.app, job.kind, JSON.stringify(job.request), job.cause, job.askedBy, now())
      return { id: Number(lastInsertRowid), attempt: 1 }
    },

    /** The newest job that a process has of those that came before this one, and that this one has to wait for. */
    jobAhead: (id: number): Job | undefined =>
      select(
        `WHERE id < :id AND state IN ('starting', 'running')
           AND (app, ${lane}) IN (SELECT app, ${lane} FROM job WHERE id = :id) ORDER BY id DESC LIMIT 1`,
        { id },
      )[0],

    /** One that no process has ends here; whoever has it is told by a signal, and looks here for what that meant. */
    askToStop: (id: number, by: string, why: ErrorReport): boolean =>
      change(
        `stop_asked_by = ?, ended_at = CASE state WHEN 'waiting' THEN ? END,
         error = CASE state WHEN 'waiting' THEN ? END, state = CASE state WHEN 'waiting' THEN 'failed' ELSE state END
         WHERE id = ? AND ended_at IS NULL`,
        by,
        now(),
        JSON.stringify(why),
        id,
      ),

    /** The oldest that waits of each app and lane in which none is under way. */
    startable: (): Job[] =>
      select(
        `WHERE id IN (SELECT min(id) FROM job WHERE state = 'waiting' AND (not_before IS NULL OR not_before <= ?)
           AND (app, ${lane}) NOT IN
           (SELECT app, ${lane} FROM job WHERE state IN ('starting', 'running')) GROUP BY app, ${lane}) ORDER BY id`,
        now(),
      ),

    /** Gives a job that waits to a process that is about to be started. @returns undefined when it waits no more */
    giveJob: (id: number): Claim | undefined => {
      const row = database
        .prepare(
          "UPDATE job SET state = 'starting', attempt = attempt + 1, runner = '' WHERE id = ? AND state = 'waiting' RETURNING attempt",
        )
        .get(id)
      return row === undefined ? undefined : { id, attempt: Number(row['attempt']) }
    },

    /** What a process does first: of several that think they have the job, one does. */
    claimJob: ({ id, attempt }: Claim, runner: string): boolean =>
      change(
        "state = 'running', runner = ?, started_at = ? WHERE id = ? AND attempt = ? AND state = 'starting'",
        runner,
        now(),
        id,
        attempt,
      ),

    /** Back into the queue, when nobody has it any more. */
    returnJob: ({ id, attempt }: Claim): boolean =>
      change(
        "state = 'waiting', runner = '' WHERE id = ? AND attempt = ? AND state IN ('starting', 'running')",
        id,
        attempt,
      ),

    /** Back into the queue, for later: it failed, and may not fail then. */
    delayJob: ({ id, attempt }: Claim, notBefore: Date, error: ErrorReport): boolean =>
      change(
        "state = 'waiting', runner = '', not_before = ?, error = ? WHERE id = ? AND attempt = ? AND state = 'running'",
        notBefore.toISOString(),
        JSON.stringify(error),
        id,
        attempt,
      ),

    endJob: ({ id, attempt }: Claim, state: 'succeeded' | 'failed', error?: ErrorReport): boolean =>
      change(
        "state = ?, ended_at = ?, error = ? WHERE id = ? AND attempt = ? AND state IN ('starting', 'running')",
        state,
        now(),
        error === undefined ? null : JSON.stringify(error),
        id,
        attempt,
      ),

    job: (id: number): Job | undefined => select('WHERE id = ?', id)[0],

    jobsUnderWay: (): Job[] => select("WHERE state IN ('starting', 'running') ORDER BY id"),

    /** Newest first, before an id. */
    jobs: ({ app, before, limit }: { app?: string | undefined; before: number; limit: number }): Job[] =>
      select(
        'WHERE id < ? AND (? IS NULL OR app = ?) ORDER BY id DESC LIMIT ?',
        before,
        app ?? null,
        app ?? null,
        limit,
      ),

    /**
     * How the deployments of one kind ended that a job has begun, oldest first; without those that had failed when it was
     * given out anew.
     */
    outcomesOf: (
      { id, state, startedAt }: Pick<Job, 'id' | 'state' | 'startedAt'>,
      kind: string,
    ): Outcome[] =>
      database
        .prepare(
          "SELECT outcome FROM deployment WHERE job = ? AND kind = ? AND (outcome <> 'failed' OR ended_at >= ?) ORDER BY id",
        )
        .all(id, kind, state === 'running' ? startedAt : '9')
        .map((row) => row['outcome'] as Outcome),

    /** @returns the ids of those that are forgotten */
    forgetOldJobs: (): number[] =>
      database
        .prepare(
          `DELETE FROM job WHERE ended_at IS NOT NULL AND id NOT IN (
             SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY app ORDER BY id DESC) AS rank FROM job)
             WHERE rank <= ${kept}) RETURNING id`,
        )
        .all()
        .map((row) => Number(row['id'])),
  }
}

function readJob(row: Record<string, unknown>): Job {
  return {
    id: Number(row['id']),
    app: String(row['app']),
    kind: row['kind'] as JobKind,
    request: JSON.parse(String(row['request'])) as Job['request'],
    cause: row['cause'] as Job['cause'],
    askedBy: String(row['asked_by']),
    state: row['state'] as JobState,
    attempt: Number(row['attempt']),
    runner: String(row['runner']),
    notBefore: row['not_before'] as string | null,
    createdAt: String(row['created_at']),
    startedAt: row['started_at'] as string | null,
    endedAt: row['ended_at'] as string | null,
    error: row['error'] === null ? null : (JSON.parse(String(row['error'])) as ErrorReport),
    stopAskedBy: row['stop_asked_by'] as string | null,
  }
}
