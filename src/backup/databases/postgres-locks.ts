import type { ToolOptions } from '../../engine/port.ts'
import { type HeldLock, readLocks } from '../locks.ts'

/** Names the session, so that it can be ended. */
const sessionName = 'muelle-watch'

/** Seconds between two looks. */
const everySeconds = 0.05

/**
 * For psql's standard input: again and again the locks of tables that were there before and that make others wait
 * (postgresql.org, "13.3.1. Table-Level Locks"), a JSON object each. It never ends by itself.
 */
const script = `SET application_name = '${sessionName}';
SELECT coalesce(max(oid::bigint), 0) AS newest FROM pg_class \\gset
SELECT json_build_object('watching', true);
SELECT json_build_object('session', l.virtualtransaction, 'database', current_database(),
  'table', CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname, 'rows', c.reltuples::bigint,
  'mode', l.mode, 'granted', l.granted, 'at', extract(epoch FROM clock_timestamp()) * 1000,
  'since', extract(epoch FROM a.query_start) * 1000, 'statement', left(a.query, 1000))
  FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_stat_activity a ON a.pid = l.pid
  WHERE l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.mode IN ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock')
  AND c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_' AND c.oid::bigint <= :newest AND l.pid <> pg_backend_pid()
  \\watch ${everySeconds}
`

const endStatement = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${sessionName}'`

/** Looks from now on, at each of the databases. @returns what ends it, and tells what was seen */
export async function watchLocks(
  psql: (database: string, options: ToolOptions) => Promise<string>,
  databases: readonly string[],
): Promise<() => Promise<HeldLock[]>> {
  const lines: string[] = []
  const watches = databases.map((database) => {
    const began = Promise.withResolvers<void>()
    const onLine = (line: string): void => {
      if (line.includes('"watching"')) began.resolve()
      else lines.push(line)
    }
    // It ends by being ended.
    const ended = psql(database, { input: script, onLine }).then(began.reject, (error) => began.reject(error))
    return { began: began.promise, ended }
  })
  await Promise.all(watches.map(({ began }) => began))
  return async () => {
    const [any] = databases
    if (any !== undefined) await psql(any, { input: endStatement })
    await Promise.all(watches.map(({ ended }) => ended))
    return readLocks(lines)
  }
}
