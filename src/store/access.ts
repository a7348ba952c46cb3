import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from './transaction.ts'

/** Each may do what those before it may. */
export const scopes = ['read', 'deploy', 'admin'] as const
export type Scope = (typeof scopes)[number]

export interface TokenRecord {
  name: string
  scope: Scope
  createdAt: string
  lastUsedAt: string | null
  /** Of one that is good once, to make another. */
  expiresAt: string | null
}

/** No name that a person may give. */
const setupName = '(setup)'

export interface AuditEntry {
  id: number
  at: string
  actor: string
  action: string
  outcome: string
}

const keptEntries = 10_000

/** Who may ask the agent, and who did. Of a token only its hash is here. */
export function accessRows(database: DatabaseSync) {
  const now = (): string => new Date().toISOString()
  return {
    /** @returns false when there is one of that name */
    addToken: ({ name, scope, hash }: { name: string; scope: Scope; hash: string }): boolean =>
      database
        .prepare('INSERT OR IGNORE INTO token (name, scope, hash, created_at) VALUES (?, ?, ?, ?)')
        .run(name, scope, hash, now()).changes === 1,

    /** In place of the one before it. */
    addSetupToken: ({ hash, expiresAt }: { hash: string; expiresAt: string }): void => {
      database
        .prepare(
          "INSERT OR REPLACE INTO token (name, scope, hash, created_at, expires_at, once) VALUES (?, 'admin', ?, ?, ?, 1)",
        )
        .run(setupName, hash, now(), expiresAt)
    },

    /** A token for one that is good once: both change, or neither does. */
    exchangeToken: (
      setup: string,
      { name, scope, hash }: { name: string; scope: Scope; hash: string },
    ): 'done' | 'taken' | 'used' =>
      inTransaction(database, () => {
        if (database.prepare('SELECT 1 FROM token WHERE name = ?').get(name) !== undefined) return 'taken'
        const { changes } = database
          .prepare('DELETE FROM token WHERE hash = ? AND once = 1 AND expires_at > ?')
          .run(setup, now())
        if (changes === 0) return 'used'
        database
          .prepare('INSERT INTO token (name, scope, hash, created_at) VALUES (?, ?, ?, ?)')
          .run(name, scope, hash, now())
        return 'done'
      }),

    removeToken: (name: string): boolean =>
      database.prepare('DELETE FROM token WHERE name = ?').run(name).changes === 1,

    tokens: (): TokenRecord[] => database.prepare('SELECT * FROM token ORDER BY name').all().map(readToken),

    findToken: (hash: string): TokenRecord | undefined => {
      const row = database
        .prepare('SELECT * FROM token WHERE hash = ? AND (expires_at IS NULL OR expires_at > ?)')
        .get(hash, now())
      return row === undefined ? undefined : readToken(row)
    },

    /** At most once a minute, because each write waits for the disk. */
    touchToken: (name: string): void => {
      const minuteAgo = new Date(Date.now() - 60_000).toISOString()
      database
        .prepare(
          'UPDATE token SET last_used_at = ? WHERE name = ? AND (last_used_at IS NULL OR last_used_at < ?)',
        )
        .run(now(), name, minuteAgo)
    },

    audit: (...entries: Pick<AuditEntry, 'actor' | 'action' | 'outcome'>[]): void =>
      inTransaction(database, () => {
        const insert = database.prepare('INSERT INTO audit (at, actor, action, outcome) VALUES (?, ?, ?, ?)')
        const ids = entries.map((entry) => insert.run(now(), entry.actor, entry.action, entry.outcome))
        const last = Number(ids.at(-1)?.lastInsertRowid ?? 0)
        database.prepare('DELETE FROM audit WHERE id <= ?').run(last - keptEntries)
      }),

    /** Newest first, before an id. */
    auditLog: ({ before, limit }: { before: number; limit: number }): AuditEntry[] =>
      database
        .prepare('SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?')
        .all(before, limit) as unknown as AuditEntry[],
  }
}

function readToken(row: Record<string, unknown>): TokenRecord {
  return {
    name: String(row['name']),
    scope: row['scope'] as Scope,
    createdAt: String(row['created_at']),
    lastUsedAt: row['last_used_at'] as string | null,
    expiresAt: row['expires_at'] as string | null,
  }
}
