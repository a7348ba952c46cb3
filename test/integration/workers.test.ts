import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Deed, queueTasks, readTold, type Told, watchDeeds, writeCelery } from '../support/celery.ts'
import { createHost, type Host, suiteCleanup } from '../support/host.ts'
import { createProject, type Project } from '../support/project.ts'

describe('Celery, through a blue-green deployment, a rolling one and a rollback,', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project
  let queued: string[]
  let told: Told[]
  let deeds: Deed[]

  const succeed = async (...argv: string[]): Promise<void> => {
    const { exitCode, stderr } = await host.muelle(...argv)
    assert.equal(exitCode, 0, stderr)
  }
  const deploy = async (version: string, strategy: string): Promise<void> => {
    await writeCelery(project, version, (file) => {
      file['x-muelle'] = { ...file['x-muelle'], strategy }
    })
    await succeed('up', project.directory)
  }
  const until = async (seen: (told: readonly Told[]) => boolean): Promise<Told[]> => {
    for (;;) {
      const now = await readTold(project)
      if (seen(now)) return now
      await sleep(200)
    }
  }
  /** The queue moves: the release that was handed over to takes tasks, after those that it took before. */
  const untilMoving = async (release: number): Promise<void> => {
    const since = Date.now()
    const isMoving = (event: Told['event']) => (each: Told) =>
      each.event === event && each.release === release && each.at > since
    await until((seen) => seen.some(isMoving('started')) && seen.some(isMoving('sent')))
  }

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    const watching = watchDeeds(host)
    await deploy('v1', 'blue-green')
    const queueing = queueTasks(host, project, 700)
    await untilMoving(1)
    await deploy('v2', 'blue-green')
    await untilMoving(2)
    await deploy('v3', 'rolling')
    await untilMoving(3)
    await succeed('rollback', '--app', project.name)
    await untilMoving(2)
    queued = await queueing.stop()
    told = await until((seen) => {
      const ended = new Set(of('ended', seen).map(({ task }) => task))
      return queued.every((task) => ended.has(task))
    })
    deeds = await watching.stop()
  })

  test('runs every task to its end, and none twice', () => {
    for (const event of ['started', 'ended'] as const) {
      const tasks = of(event, told).map(({ task }) => task)
      assert.deepEqual(tasks.toSorted(), queued.toSorted(), event)
    }
  })
  test('lets tasks that are running when a release is handed over end where they began', () => {
    const stops = deeds.filter(({ action, service }) => action === 'kill' && service === 'worker')
    assert.deepEqual(
      stops.map(({ release }) => release),
      [1, 2, 3],
    )
    for (const { container, at } of stops) {
      const own = told.filter((each) => each.container === container)
      const underWay = of('started', own).filter((started) => started.at < at)
      const late = of('ended', own).filter((ended) => ended.at > at)
      assert.ok(late.length > 0, 'no task was running')
      assert.ok(late.every(({ task }) => underWay.some((started) => started.task === task)))
    }
  })
  test('has one scheduler: the old one has ended before the new one starts', () => {
    const beats = deeds.filter(({ action, service }) => service === 'beat' && action !== 'kill')
    assert.deepEqual(
      beats.map(({ action, release }) => `${action} ${release}`),
      ['start 1', 'die 1', 'start 2', 'die 2', 'start 3', 'die 3', 'start 2'],
    )
  })
  test('gets one tick in each interval, never from two schedulers', () => {
    const sent = of('sent', told)
    const gaps = sent.slice(1).map((tick, index) => tick.at - (sent[index]?.at ?? 0))
    assert.ok(Math.min(...gaps) > 500, `${Math.min(...gaps)} ms between two ticks`)
    const shifts = sent.map(({ release }) => release).join('')
    assert.match(shifts, /^1+2+3+2+$/)
    const ticked = of('ticked', told).map(({ task }) => task)
    assert.equal(new Set(ticked).size, ticked.length, 'a tick ran twice')
  })
})

function of(event: Told['event'], told: readonly Told[]): Told[] {
  return told.filter((each) => each.event === event)
}
