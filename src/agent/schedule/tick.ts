import type { App } from '../../app/app.ts'
import type { Store } from '../../store/store.ts'
import { whenDue } from './due.ts'
import { type Scheduled, schedulesOf } from './schedules.ts'

interface Ports {
  store: Store
  now: Date
}

/** Queues what an app wants done and has come due. What is new is first due at its next time. */
export function tick(app: App, { store, now }: Ports): void {
  const known = store.schedules(app.name)
  for (const scheduled of schedulesOf(app)) {
    const last = known.find(({ name }) => name === scheduled.name)
    if (last === undefined) store.handleSchedule({ app: app.name, name: scheduled.name, until: now })
    else handle(app.name, { scheduled, last }, { store, now })
  }
}

interface Last {
  handledUntil: Date
  job: number | null
}

function handle(
  app: string,
  { scheduled, last }: { scheduled: Scheduled; last: Last },
  { store, now }: Ports,
): void {
  const { name, kind, request, schedule } = scheduled
  const due = whenDue(schedule, { handledUntil: last.handledUntil, now })
  if (due === 'not-yet') return
  const isUnderWay = last.job !== null && store.job(last.job)?.endedAt === null
  const why = due === 'now' && isUnderWay && schedule.overlap === 'skip' ? 'overlap' : due
  const handled = { app, name, until: now }
  if (why === 'now') {
    const askedBy = `schedule ${schedule.cron}`
    store.handleSchedule(handled, { app, kind, request, cause: 'schedule', askedBy })
    return
  }
  store.handleSchedule(handled)
  store.audit({ actor: 'schedule', action: `${name} of ${app}`, outcome: reasons[why] })
}

const reasons = {
  missed: 'skipped: it came due while the agent was off',
  overlap: 'skipped: the one before still runs',
  'wrong-clock': 'begun anew: the clock was set back',
} as const
