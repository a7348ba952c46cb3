import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { createHost, docker, type Host, lines, suiteCleanup } from '../support/host.ts'
import { createProject, type Project } from '../support/project.ts'
import { visit } from '../support/visit.ts'

const replicas = (count: number) => ({ deploy: { replicas: count } })

describe('rolling', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
  })
  const write = (version: string, environment: Record<string, string> = {}) =>
    project.write(version, (file) => {
      file['x-muelle'] = { ...file['x-muelle'], strategy: 'rolling', deploy_timeout: '5s' }
      file.services['web'] = { ...file.services['web'], ...replicas(3), environment }
    })
  const running = async () => {
    const names = lines(await docker('ps', '--filter', `name=^${project.name}-r`, '--format', '{{.Names}}'))
    return names.map((name) => Number(/-r(\d+)-web/.exec(name)?.[1]))
  }

  test('replaces replica by replica, loses nobody, and leaves only the new release', async () => {
    await write('v1')
    const first = await host.muelle('up', project.directory)
    assert.equal(first.exitCode, 0, first.stderr)
    const visitors = visit(host, project, 4)
    await write('v2')
    const counts: number[] = []
    const watching = setInterval(() => void running().then((now) => counts.push(now.length)), 100)
    const { exitCode, stderr } = await host.muelle('up', project.directory)
    clearInterval(watching)
    const seen = await visitors.stop()
    assert.equal(exitCode, 0, stderr)
    assert.deepEqual([...new Set(seen.flat())].sort(), ['v1', 'v2'])
    assert.ok(Math.max(...counts) <= 4, `${Math.max(...counts)} replicas at once`)
    assert.deepEqual(await running(), [2, 2, 2])
  })
  test('a release that does not get healthy takes back the replicas that were replaced [C6]', async () => {
    await write('v3', { HEALTH: '500' })
    const { exitCode } = await host.muelle('up', project.directory)
    assert.equal(exitCode, 35)
    assert.deepEqual(await running(), [2, 2, 2])
    assert.match((await host.get(project.domain)).body, /^v2 /)
  })
  test('goes back the same way', async () => {
    const { exitCode, stderr } = await host.muelle('rollback', '--app', project.name)
    assert.equal(exitCode, 0, stderr)
    assert.deepEqual(await running(), [1, 1, 1])
    assert.match((await host.get(project.domain)).body, /^v1 /)
  })
})

describe('rolling with update_config', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    await write('v1', [])
    const first = await host.muelle('up', project.directory)
    assert.equal(first.exitCode, 0, first.stderr)
  })
  /** Two replicas; each runs a line of shell beside its server. */
  const write = (version: string, line: string[], update_config: object = {}) =>
    project.write(version, (file) => {
      file['x-muelle'] = { ...file['x-muelle'], strategy: 'rolling' }
      const command = ['sh', '-c', [...line, 'exec python -u server.py'].join('\n')]
      const deploy = { replicas: 2, update_config: { monitor: '3s', ...update_config } }
      file.services['web'] = { ...file.services['web'], deploy, command, volumes: ['shared:/shared'] }
      file['volumes'] = { shared: {} }
    })
  const version = async (): Promise<string> => (await host.get(project.domain)).body.split(' ')[0] ?? ''

  test('takes a release back whose replicas die while they are watched, and tells what it does otherwise', async () => {
    await write('v2', ['(sleep 1.5; kill 1) &'], { failure_action: 'pause' })
    const { exitCode, stderr } = await host.muelle('up', project.directory)
    assert.equal(exitCode, 39, stderr)
    assert.match(stderr, /asks for failure_action: pause; Muelle always takes a release back/)
    assert.match(stderr, /Too many replicas of release 2 failed: \S+-web-r2-1 (was started again|stopped)/)
    assert.equal(await version(), 'v1')
  })
  test('goes on when no more of them die than may', async () => {
    await write('v3', ['mkdir /shared/one 2>&1 && { (sleep 1.5; kill 1) & }'], { max_failure_ratio: 0.5 })
    const { exitCode, stderr } = await host.muelle('up', project.directory)
    assert.equal(exitCode, 0, stderr)
    assert.match(stderr, /was started again: deploy\.update_config\.max_failure_ratio allows it/)
    assert.equal(await version(), 'v3')
  })
})

describe('a canary', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    await write('v1')
    const first = await host.muelle('up', project.directory)
    assert.equal(first.exitCode, 0, first.stderr)
  })
  const write = (version: string, environment: Record<string, string> = {}) =>
    project.write(version, (file) => {
      const canary = { steps: [50], minimum: '3s', maximum: '60s' }
      file['x-muelle'] = { ...file['x-muelle'], strategy: 'canary', canary }
      file.services['web'] = { ...file.services['web'], environment }
    })

  test('shows a part of the visitors the new release, each always the same, then all [C11]', async () => {
    await write('v2')
    const visitors = visit(host, project, 10)
    const { exitCode, stderr } = await host.muelle('up', project.directory)
    const seen = await visitors.stop()
    assert.equal(exitCode, 0, stderr)
    const early = seen.filter((versions) => versions.filter((version) => version === 'v2').length > 20)
    assert.ok(early.length > 0 && early.length < 10, `${early.length} of 10 visitors`)
    for (const versions of seen) {
      assert.deepEqual(versions.join(' ').replaceAll(/(v\d)( \1)+/g, '$1'), 'v1 v2')
    }
    assert.match((await host.get(project.domain)).body, /^v2 /)
  })
  test('that fails its visitors, though its health is fine, is taken back [C11]', async () => {
    await write('v3', { PAGES: '500' })
    const visitors = visit(host, project, 10)
    const { exitCode, stderr } = await host.muelle('up', project.directory)
    await visitors.stop()
    assert.equal(exitCode, 39, stderr)
    assert.match(stderr, /requests of visitors failed on the new release/)
    assert.match((await host.get(project.domain)).body, /^v2 /)
  })
  test('is promoted by hand in another terminal', async () => {
    await write('v4')
    const running = host.start('up', project.directory)
    await new Promise<void>((resolve) => {
      running.stderr.on('data', (chunk) => String(chunk).includes('Send 50% of the visitors') && resolve())
    })
    // While it is still looking at how the live release does.
    const promoted = await host.muelle('canary', 'promote', project.name)
    assert.equal(promoted.exitCode, 0, promoted.stderr)
    assert.equal((await running).exitCode, 0)
    assert.match((await host.get(project.domain)).body, /^v4 /)
  })
})

describe('a watched release', () => {
  const cleanup = suiteCleanup()

  test('that fails its visitors once it has all of them gives way to the one before [C6]', async () => {
    const host = await createHost(cleanup)
    const project = await createProject(cleanup)
    const write = (version: string, environment: Record<string, string> = {}) =>
      project.write(version, (file) => {
        file['x-muelle'] = { ...file['x-muelle'], watch: '20s' }
        file.services['web'] = { ...file.services['web'], environment }
      })
    await project.write('v1')
    assert.equal((await host.muelle('up', project.directory)).exitCode, 0)
    await write('v2', { PAGES: '500' })
    const visitors = visit(host, project, 5)
    const { exitCode, stderr } = await host.muelle('up', project.directory)
    await visitors.stop()
    assert.equal(exitCode, 39, stderr)
    assert.match((await host.get(project.domain)).body, /^v1 /)
  })
})
