import { Cron } from 'croner'
import type { Schedule } from '../../app/schedule-schema.ts'

/** Milliseconds by which something may be late without having been missed: the agent may have been replaced. */
const graceMs = 5 * 60_000

/** Milliseconds; what was handled further ahead of now than this was handled by a clock that was wrong. */
const wrongClockMs = 25 * 3_600_000

/**
 * `now`: once, however often it came due meanwhile. `missed`: while nobody looked, and it is not to be made up for.
 * `wrong-clock`: the clock was set back.
 */
export type Due = 'not-yet' | 'now' | 'missed' | 'wrong-clock'

/**
 * Pure: whether a schedule has come due after what was handled. An hour that a clock change repeats counts once, and one
 * that it leaves out counts at its end (croner's rule).
 */
export function whenDue(schedule: Schedule, { handledUntil, now }: { handledUntil: Date; now: Date }): Due {
  if (handledUntil.getTime() - now.getTime() > wrongClockMs) return 'wrong-clock'
  const next = nextRun(schedule, handledUntil)
  if (next === null || next > now) return 'not-yet'
  if (schedule.catch_up === 'once') return 'now'
  const recent = nextRun(schedule, new Date(now.getTime() - graceMs))
  return recent !== null && recent <= now ? 'now' : 'missed'
}

function nextRun({ cron, timezone }: Schedule, after: Date): Date | null {
  return new Cron(cron, { paused: true, mode: '5-part', timezone }).nextRun(after)
}
