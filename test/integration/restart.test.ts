import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { createHost, docker, type Host, lines, suiteCleanup } from '../support/host.ts'
import { createProject, type Project } from '../support/project.ts'
import { visit } from '../support/visit.ts'

describe('a service that is restarted', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project

  const succeed = async (...argv: string[]): Promise<void> => {
    const { exitCode, stderr } = await host.muelle(...argv)
    assert.equal(exitCode, 0, stderr)
  }
  const restart = (service: string) => succeed('restart', service, '-C', project.directory)
  /** Running containers of a service, each as its id and the moment when it was started. */
  const running = async (service: string): Promise<{ id: string; startedAt: string }[]> => {
    const app = `label=org.muelle.app=${project.name}`
    const own = `label=org.muelle.service=${service}`
    const ids = lines(await docker('ps', '--quiet', '--no-trunc', '--filter', app, '--filter', own))
    const started = ids.map((id) => docker('inspect', '--format', '{{.State.StartedAt}}', id))
    return (await Promise.all(started)).map((startedAt, index) => ({ id: ids[index] ?? '', startedAt }))
  }
  const ids = async (service: string) => (await running(service)).map(({ id }) => id)

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    await project.write('v1', (file) => {
      file.services['web'] = { ...file.services['web'], deploy: { replicas: 2 } }
      const sleep = { build: '.', init: true, stop_grace_period: '1s' }
      file.services['worker'] = { ...sleep, command: ['sleep', 'infinity'] }
      file.services['beat'] = { ...sleep, command: ['sh', '-c', 'exec sleep infinity', 'celery', 'beat'] }
      file.services['cache'] = { image: 'redis:7-alpine' }
    })
    await succeed('up', project.directory)
  })

  test('has new web replicas of the same release, and loses no request', async () => {
    const old = await ids('web')
    const [worker] = await ids('worker')
    const visitors = visit(host, project, 4)
    await restart('web')
    const seen = (await visitors.stop()).flat()
    assert.deepEqual([...new Set(seen)], ['v1'])
    const now = await ids('web')
    assert.equal(now.length, 2)
    assert.ok(!now.some((id) => old.includes(id)))
    assert.deepEqual(await ids('worker'), [worker])
    const { stdout } = await host.muelle('status', project.name, '--json')
    assert.equal((JSON.parse(stdout) as { release: number }[])[0]?.release, 1)
  })
  test('can be scaled and restarted again', async () => {
    await succeed('scale', 'web=1', '--app', project.name)
    const old = await ids('web')
    await succeed('restart', 'web', '--app', project.name)
    assert.notDeepEqual(await ids('web'), old)
    await succeed('scale', 'web=2', '--app', project.name)
    assert.equal((await ids('web')).length, 2)
  })
  test('has a new worker before the old one ends', async () => {
    const old = await ids('worker')
    await restart('worker')
    const now = await ids('worker')
    assert.equal(now.length, 1)
    assert.notDeepEqual(now, old)
  })
  test('is the same container again, when there must be one', async () => {
    const [old] = await running('beat')
    await restart('beat')
    const [now] = await running('beat')
    assert.equal(now?.id, old?.id)
    assert.notEqual(now?.startedAt, old?.startedAt)
  })
  test('interrupts others only when that was confirmed', async () => {
    const [old] = await running('cache')
    const refused = await host.muelle('restart', 'cache', '--app', project.name)
    assert.equal(refused.exitCode, 43, refused.stderr)
    assert.deepEqual(await running('cache'), [old])
    await succeed('restart', 'cache', '--confirm', 'cache', '--app', project.name)
    const [now] = await running('cache')
    assert.equal(now?.id, old?.id)
    assert.notEqual(now?.startedAt, old?.startedAt)
  })
  test('is one that there is', async () => {
    const { exitCode, stderr } = await host.muelle('restart', 'wbe', '--app', project.name)
    assert.equal(exitCode, 2)
    assert.match(stderr, /has no service wbe\.\n.*Services: beat, cache, web, worker/)
  })
  test('goes on serving in the next release', async () => {
    await project.write('v2', (file) => {
      file.services['cache'] = { image: 'redis:7-alpine' }
    })
    await succeed('up', project.directory)
    assert.match((await host.get(project.domain)).body, /^v2 /)
    await succeed('rollback', '--app', project.name)
    assert.match((await host.get(project.domain)).body, /^v1 /)
  })
})
