import type { DatabaseSync } from 'node:sqlite'
import type { NewJob } from './jobs.ts'
import { inTransaction } from './transaction.ts'

export interface Delivery {
  app: string
  /** What the sender calls it. */
  id: string
  /** SHA-256 of the body: the name is not signed, so the same body under another one is a replay too. */
  digest: string
  /** `queued`, or why it changes nothing. */
  outcome: string
}

/** A sender that was down for longer sends nothing any more. */
const keptDays = 90

/** Deliveries of webhooks, and the head of the branch that was last seen of each app. */
export function deliveryRows(database: DatabaseSync, enqueue: (job: NewJob) => number) {
  return {
    /**
     * Keeps a delivery, and queues what it asks for, in one transaction that is on the disk when this returns.
     * @returns `isKnown` when the same one came before, and nothing was changed
     */
    keepDelivery: (delivery: Delivery, job: NewJob | undefined): { isKnown: boolean; job: number | null } =>
      inTransaction(database, () => {
        const { app, id, digest, outcome } = delivery
        const known = database
          .prepare('SELECT job FROM delivery WHERE app = ? AND (id = ? OR digest = ?)')
          .get(app, id, digest)
        if (known !== undefined) return { isKnown: true, job: known['job'] as number | null }
        const queued = job === undefined ? null : enqueue(job)
        const at = new Date()
        database
          .prepare(
            'INSERT INTO delivery (app, id, digest, received_at, outcome, job) VALUES (?, ?, ?, ?, ?, ?)',
          )
          .run(app, id, digest, at.toISOString(), outcome, queued)
        const old = new Date(at.getTime() - keptDays * 86_400_000).toISOString()
        database.prepare('DELETE FROM delivery WHERE received_at < ?').run(old)
        return { isKnown: false, job: queued }
      }),

    branchHead: (app: string): string | undefined =>
      database.prepare('SELECT commit_id FROM branch_head WHERE app = ?').get(app)?.['commit_id'] as
        | string
        | undefined,

    /** Remembers the head of a branch and queues its update, or neither. */
    keepBranchHead: (app: string, commit: string, job: NewJob | undefined): void =>
      inTransaction(database, () => {
        database.prepare('INSERT OR REPLACE INTO branch_head (app, commit_id) VALUES (?, ?)').run(app, commit)
        if (job !== undefined) enqueue(job)
      }),
  }
}
