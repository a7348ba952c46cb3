import { type Break, describeBreak } from './columns.ts'
import { adviseTimeout, describeLock, type HeldLock } from './locks.ts'

/** What a rehearsal has shown. Pure. */
export interface Rehearsed {
  point: string
  /** ISO 8601. */
  at: string
  commands: readonly RehearsedCommand[]
  locks: readonly HeldLock[]
  breaks: readonly Break[]
}

export interface RehearsedCommand {
  command: string
  durationMs: number
  succeeded: boolean
}

/** Milliseconds. Nobody notices what is shorter. */
const noticeable = 100

/** What a person reads. */
export function describeRehearsal({ point, commands, locks, breaks }: Rehearsed): string[] {
  const seen = locks.filter(({ rows, heldMs }) => rows > 0 && heldMs >= noticeable)
  const waited = locks.filter(({ waitedMs }) => waitedMs > 0)
  const advice = adviseTimeout(seen)
  return [
    ...commands.map(
      ({ command, durationMs, succeeded }) =>
        `On a copy of ${point}, ${command} ${succeeded ? 'took' : 'failed after'} ${(durationMs / 1000).toFixed(1)} s.`,
    ),
    ...seen.map((lock) => `It locks ${describeLock(lock)}`),
    ...waited.map(({ table, waitedMs }) => `It waits ${(waitedMs / 1000).toFixed(1)} s for ${table}.`),
    ...(seen.length === 0 ? ['No table is locked for long enough to be noticed.'] : []),
    ...(advice === undefined ? [] : [advice]),
    ...breaks.map(describeBreak),
  ]
}
