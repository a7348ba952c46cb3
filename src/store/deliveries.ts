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

/** The head of the branch that an app follows, and the update to it. */
export interface NewHead {
  commit: string
  job: NewJob
}

/** `known`: the delivery, or the head that it tells of, came before. */
export interface Kept {
  isKnown: boolean
  job: number | null
}

/** Deliveries of webhooks, and the head of the branch that was last heard of, for each app. */
export function deliveryRows(database: DatabaseSync, enqueue: (job: NewJob) => number) {
  const branchHead = (app: string): string | undefined =>
    database.prepare('SELECT commit_id FROM branch_head WHERE app = ?').get(app)?.['commit_id'] as
      | string
      | undefined

  const keepHead = (app: string, commit: string): void => {
    database.prepare('INSERT OR REPLACE INTO branch_head (app, commit_id) VALUES (?, ?)').run(app, commit)
  }

  /** Whoever tells of it first, a delivery or a look at the branch, queues it. */
  const queueHead = (app: string, { commit, job }: NewHead): Kept => {
    if (branchHead(app) === commit) return { isKnown: true, job: null }
    keepHead(app, commit)
    return { isKnown: false, job: enqueue(job) }
  }

  return {
    branchHead,

    /**
     * Keeps a delivery, and queues what it asks for, in one transaction that is on the disk when this returns.
     * @param head undefined when it asks for nothing
     */
    keepDelivery: ({ app, id, digest, outcome }: Delivery, head: NewHead | undefined): Kept =>
      inTransaction(database, () => {
        const known = database
          .prepare('SELECT job FROM delivery WHERE app = ? AND (id = ? OR digest = ?)')
          .get(app, id, digest)
        if (known !== undefined) return { isKnown: true, job: known['job'] as number | null }
        const kept = head === undefined ? { isKnown: false, job: null } : queueHead(app, head)
        const at = new Date()
        database
          .prepare(
            'INSERT INTO delivery (app, id, digest, received_at, outcome, job) VALUES (?, ?, ?, ?, ?, ?)',
          )
          .run(app, id, digest, at.toISOString(), outcome, kept.job)
        const old = new Date(at.getTime() - keptDays * 86_400_000).toISOString()
        database.prepare('DELETE FROM delivery WHERE received_at < ?').run(old)
        return kept
      }),

    /** Remembers a head that is deployed already. */
    keepBranchHead: keepHead,

    queueBranchHead: (app: string, head: NewHead): Kept =>
      inTransaction(database, () => queueHead(app, head)),
  }
}
