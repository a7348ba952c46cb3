import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { built, composeFile, published, shop } from '../../../test/support/app.ts'
import type { App } from '../../app/app.ts'
import { readApp } from '../../app/read-app.ts'
import { type Schedule, scheduleSchema } from '../../app/schedule-schema.ts'
import { planUp } from '../../deploy/plan.ts'
import { openStore } from '../../store/store.ts'
import { whenDue } from './due.ts'
import { schedulesOf } from './schedules.ts'
import { tick } from './tick.ts'

const daily = scheduleSchema.parse('0 3 * * *')

/** An app with a report that runs at times. */
function withReport(schedule: unknown): App {
  const web = { ...built, ports: published }
  return readApp(composeFile({ web, report: { ...built, 'x-muelle': { schedule } } }), '/srv/shop')
}

describe('a schedule', () => {
  const at = (text: string): Date => new Date(text)
  const due = (schedule: Schedule, from: string, now: string) =>
    whenDue(schedule, { handledUntil: at(from), now: at(now) })

  test('comes due at its minute, and once for all that was missed', () => {
    assert.equal(due(daily, '2026-06-01T03:00:00Z', '2026-06-02T02:59:59Z'), 'not-yet')
    assert.equal(due(daily, '2026-06-01T03:00:00Z', '2026-06-02T03:00:00Z'), 'now')
    assert.equal(due(daily, '2026-06-01T03:00:00Z', '2026-06-09T12:00:00Z'), 'now')
  })
  test('is not made up for when it says so', () => {
    const strict = scheduleSchema.parse({ cron: '0 3 * * *', catch_up: 'skip' })
    assert.equal(due(strict, '2026-06-01T03:00:00Z', '2026-06-02T03:01:00Z'), 'now')
    assert.equal(due(strict, '2026-06-01T03:00:00Z', '2026-06-02T12:00:00Z'), 'missed')
  })
  test('counts an hour that the clocks repeat once, and one that they leave out at its end', () => {
    const madrid = scheduleSchema.parse({ cron: '30 2 * * *', timezone: 'Europe/Madrid' })
    const runs = (from: string, hours: number): string[] => {
      const seen: string[] = []
      let handledUntil = at(from)
      for (let minute = 0; minute < hours * 60; minute++) {
        const now = new Date(at(from).getTime() + minute * 60_000)
        if (whenDue(madrid, { handledUntil, now }) !== 'now') continue
        seen.push(now.toISOString().slice(11, 16))
        handledUntil = now
      }
      return seen
    }
    assert.deepEqual(runs('2026-10-24T22:00:00Z', 8), ['00:30'])
    assert.deepEqual(runs('2026-03-28T22:00:00Z', 8), ['01:00'])
  })
  test('begins anew when what was handled is of a clock that was wrong', () => {
    assert.equal(due(daily, '2027-06-01T03:00:00Z', '2026-06-01T03:00:00Z'), 'wrong-clock')
    assert.equal(due(daily, '2026-06-01T04:00:00Z', '2026-06-01T03:30:00Z'), 'not-yet')
  })
  for (const wrong of [
    '',
    'x',
    '0 3 * *',
    '* * * * * *',
    '61 * * * *',
    { cron: '0 3 * * *', timezone: 'Mars/X' },
  ])
    test(`is not ${JSON.stringify(wrong)}`, () => {
      assert.equal(scheduleSchema.safeParse(wrong).success, false)
    })
})

describe('an app', () => {
  test('has schedules for backups, drills, certificates and its own jobs', () => {
    const app = shop({
      domains: ['shop.example.com'],
      tls: { email: 'ops@example.com' },
      backups: { schedule: '0 3 * * *', drill: '0 5 * * 0' },
    })
    assert.deepEqual(
      schedulesOf(app).map(({ name }) => name),
      ['backup', 'drill', 'certificates'],
    )
    assert.deepEqual(
      schedulesOf(withReport('0 4 * * *')).map(({ name }) => name),
      ['run report'],
    )
  })
  test('does not start what has a schedule with a release', () => {
    const app = withReport('0 4 * * *')
    const steps = planUp({ app, release: 1, images: [], retireFirst: [] }, {
      live: undefined,
      standing: [],
      kept: [],
    } as never)
    const started = steps.flatMap((step) => ('services' in step ? step.services : []))
    assert.deepEqual([started.includes('web'), started.includes('report')], [true, false])
  })
})

describe('what has come due', () => {
  const minute = (count: number): Date => new Date(Date.UTC(2026, 5, 1, 0, count))
  function world(schedule: unknown) {
    const store = openStore(':memory:')
    const app = withReport(schedule)
    const jobs = () => store.jobs({ before: 1000, limit: 100 })
    return { store, jobs, tick: (count: number) => tick(app, { store, now: minute(count) }) }
  }

  test('is queued once, and not when it is seen first', () => {
    const { tick, jobs } = world('*/10 * * * *')
    tick(5)
    tick(9)
    assert.equal(jobs().length, 0)
    for (const count of [10, 10, 11, 19]) tick(count)
    assert.deepEqual(
      jobs().map(({ kind, request }) => [kind, request]),
      [['run', { service: 'report' }]],
    )
  })
  test('is skipped while the one before runs, and that is told', () => {
    const { tick, jobs, store } = world('*/10 * * * *')
    for (const count of [5, 10, 20]) tick(count)
    assert.equal(jobs().length, 1)
    assert.match(store.auditLog({ before: 100, limit: 1 })[0]?.outcome ?? '', /still runs/)
    const claim = store.giveJob(1)
    assert.ok(claim !== undefined && store.endJob(claim, 'succeeded'))
    tick(30)
    assert.equal(jobs().length, 2)
  })
  test('waits for the one before when it says so', () => {
    const { tick, jobs } = world({ cron: '*/10 * * * *', overlap: 'queue' })
    for (const count of [5, 10, 20]) tick(count)
    assert.equal(jobs().length, 2)
  })
})
