import { Cron } from 'croner'
import { z } from 'zod'

const cron = z.string().refine(isCron, 'write five fields such as "0 3 * * *"')

/** The parser is the one that the agent goes by; neither its clock nor its timers are used here. */
function isCron(text: string): boolean {
  try {
    new Cron(text, { paused: true, mode: '5-part' })
    return true
  } catch {
    return false
  }
}

function isZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return true
  } catch {
    return false
  }
}

const inFull = z.strictObject({
  cron,
  timezone: z.string().refine(isZone, 'write a time zone such as Europe/Madrid').default('UTC'),
  overlap: z.enum(['skip', 'queue']).default('skip'),
  catch_up: z.enum(['once', 'skip']).default('once'),
})

/** When the agent does something by itself: a cron expression, alone or with what else there is to say. */
export const scheduleSchema = z.union([cron.transform((text) => inFull.parse({ cron: text })), inFull])

export type Schedule = z.output<typeof inFull>

export const scheduleWords =
  'five fields of cron in UTC, such as `"0 3 * * *"`, or `{cron, timezone, overlap, catch_up}`. `overlap`: what happens when the one before still runs, `skip` or `queue`. `catch_up`: whether what came due while the agent was off is made up for `once`, or `skip`.'
