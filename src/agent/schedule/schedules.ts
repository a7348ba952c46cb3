import { createHash } from 'node:crypto'
import { type App, wantsCertificate } from '../../app/app.ts'
import type { Schedule } from '../../app/schedule-schema.ts'
import type { NewJob } from '../../store/jobs.ts'

/** Something that an app wants done at times. */
export interface Scheduled extends Pick<NewJob, 'kind' | 'request'> {
  /** One of its kind in the app. */
  name: string
  schedule: Schedule
}

/** Pure: all that an app wants done at times. */
export function schedulesOf(app: App): Scheduled[] {
  const { backups } = app.settings
  const jobs = app.services.flatMap(({ name, schedule }) =>
    schedule === undefined
      ? []
      : [{ name: `run ${name}`, kind: 'run', request: { service: name }, schedule } as const],
  )
  return [
    ...(backups?.schedule === undefined ? [] : [plain('backup', backups.schedule)]),
    ...(backups?.drill === undefined ? [] : [plain('drill', backups.drill)]),
    ...(wantsCertificate(app) ? [plain('certificates', everyTwelveHours(app.name))] : []),
    ...jobs,
  ]
}

function plain(kind: 'backup' | 'drill' | 'certificates', schedule: Schedule): Scheduled {
  return { name: kind, kind, request: {}, schedule }
}

/** At a minute of its own for each app, so that an authority is not asked by all the world at midnight. */
function everyTwelveHours(app: string): Schedule {
  const minute = createHash('sha256').update(app).digest().readUInt16BE(0) % 720
  const hour = Math.floor(minute / 60)
  return {
    cron: `${minute % 60} ${hour},${hour + 12} * * *`,
    timezone: 'UTC',
    overlap: 'skip',
    catch_up: 'once',
  }
}
