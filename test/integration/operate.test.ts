import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { createHost, docker, type Host, lines, suiteCleanup } from '../support/host.ts'
import { type ComposeDraft, createProject, type Project } from '../support/project.ts'
import { visit } from '../support/visit.ts'

describe('a live app', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project

  const write = (version: string, change: (file: ComposeDraft) => void = () => undefined) =>
    project.write(version, (file) => {
      file.services['web'] = { ...file.services['web'], deploy: { replicas: 2 } }
      file.services['worker'] = {
        build: '.',
        command: ['sleep', 'infinity'],
        init: true,
        stop_grace_period: '1s',
      }
      change(file)
    })
  const succeed = async (...argv: string[]): Promise<void> => {
    const { exitCode, stderr } = await host.muelle(...argv)
    assert.equal(exitCode, 0, stderr)
  }
  /** Containers of the app's releases that run, as `web-r2 worker-r2`. */
  const running = async (): Promise<string[]> => {
    const filter = ['--filter', `name=^${project.name}-r`]
    const names = lines(await docker('ps', '--all', ...filter, '--format', '{{.Names}} {{.State}}'))
    const own = names.filter((line) => line.endsWith(' running')).map((line) => line.split(' ')[0] ?? '')
    return own.map((name) => /-r\d+-(.+)-\d+$/.exec(name)?.[1] ?? name).sort()
  }
  const withoutLoss = async (work: () => Promise<void>): Promise<void> => {
    const visitors = visit(host, project, 4)
    await work()
    const seen = (await visitors.stop()).flat()
    assert.deepEqual(
      seen.filter((version) => !version.startsWith('v')),
      [],
    )
  }

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    await write('v1')
    await succeed('up', project.directory)
  })

  test('gets more replicas and fewer again without a lost request', async () => {
    await withoutLoss(async () => {
      await succeed('scale', 'web=3', '--app', project.name)
      assert.deepEqual(await running(), ['web-r1', 'web-r1', 'web-r1', 'worker-r1'])
      await succeed('scale', 'web=1', '--app', project.name)
      assert.deepEqual(await running(), ['web-r1', 'worker-r1'])
    })
    await succeed('scale', 'worker=2', '--app', project.name)
    assert.deepEqual(await running(), ['web-r1', 'worker-r1', 'worker-r1'])
  })
  test('keeps that when plain Compose runs the file of its release', async () => {
    const file = `${host.env['MUELLE_HOME']}/apps/${project.name}/releases/1/compose.yaml`
    await docker('compose', '--file', file, 'up', '--detach')
    assert.deepEqual(await running(), ['web-r1', 'worker-r1', 'worker-r1'])
  })
  test('keeps that in its next release', async () => {
    await write('v2')
    await succeed('up', project.directory)
    assert.deepEqual(await running(), ['web-r1', 'web-r2', 'worker-r2', 'worker-r2'])
  })
  test('restarts as a release of the same images without a lost request', async () => {
    await withoutLoss(() => succeed('restart', project.name))
    assert.deepEqual(await running(), ['web-r2', 'web-r3', 'worker-r3', 'worker-r3'])
    assert.match((await host.get(project.domain)).body, /^v2 /)
    await succeed('rollback', '--app', project.name)
    assert.match((await host.get(project.domain)).body, /^v2 /)
  })
  test('shows a maintenance page, also across a deployment, and comes back', async () => {
    await succeed('maintenance', 'on', project.name)
    const closed = await host.get(project.domain)
    assert.deepEqual([closed.status, closed.headers['retry-after']], [503, '60'])
    assert.match(closed.body, /Back soon/)
    await write('v3')
    await succeed('up', project.directory)
    assert.equal((await host.get(project.domain)).status, 503)
    await succeed('maintenance', 'off', project.name)
    assert.match((await host.get(project.domain)).body, /^v3 /)
  })
  test('has as many replicas again in a scaled release whose containers are gone', async () => {
    await succeed('rollback', '1', '--app', project.name)
    assert.deepEqual(
      (await running()).filter((name) => name.endsWith('-r1')),
      ['web-r1', 'worker-r1', 'worker-r1'],
    )
  })
  test('refuses to scale what there must be one of, and what is not a number', async () => {
    for (const argument of ['beat=2', 'web=0', 'web', 'web=-1'])
      assert.equal((await host.muelle('scale', argument, '--app', project.name)).exitCode, 2)
  })

  describe('is guarded by', () => {
    const connect = "import socket; socket.create_connection(('cache', 6379)).sendall(b'PING\\r\\n')"
    const withTest = (version: string, command: string[], smoke: string[] = []) =>
      write(version, (file) => {
        file['x-muelle'] = { ...file['x-muelle'], test: [command], smoke }
        file.services['cache'] = { image: 'redis:7-alpine' }
      })
    const leftovers = async () =>
      lines(await docker('ps', '--all', '--filter', `name=-test-`, '--format', '{{.Names}}')).filter((name) =>
        name.startsWith(project.name),
      )

    test('its tests, which run beside empty backing services of their own [C12]', async () => {
      await withTest('v4', ['python', '-c', connect])
      await succeed('up', project.directory)
      assert.match((await host.get(project.domain)).body, /^v4 /)
      assert.deepEqual(await leftovers(), [])
    })
    test('its tests: one that fails stops the deployment before anything is touched [C12]', async () => {
      const before = await running()
      await withTest('v5', ['python', '-c', "raise SystemExit('a test failed')"])
      const { exitCode, stderr } = await host.muelle('up', project.directory)
      assert.equal(exitCode, 26, stderr)
      assert.match(stderr, /a test failed/)
      assert.deepEqual(await running(), before)
      assert.deepEqual(await leftovers(), [])
    })
    test('its smoke paths, before a visitor meets the release [C12]', async () => {
      await write('v6', (file) => {
        file['x-muelle'] = { ...file['x-muelle'], smoke: ['/login/'] }
        file.services['web'] = { ...file.services['web'], environment: { PAGES: '500' } }
        file.services['cache'] = { image: 'redis:7-alpine' }
      })
      await withoutLoss(async () => {
        const { exitCode, stderr } = await host.muelle('up', project.directory)
        assert.equal(exitCode, 35, stderr)
        assert.match(stderr, /\/login\/ answers 500/)
      })
      assert.match((await host.get(project.domain)).body, /^v4 /)
    })
  })
})

describe('an app behind an nginx of its own file', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project

  const succeed = async (...argv: string[]): Promise<void> => {
    const { exitCode, stderr } = await host.muelle(...argv)
    assert.equal(exitCode, 0, stderr)
  }
  /** Bytes that each replica of the app has got in the live release. */
  const received = async (): Promise<number[]> => {
    const { stdout } = await host.muelle('status', project.name, '--json')
    const name = `name=^${project.name}-r${JSON.parse(stdout)[0].release}-backend`
    const replicas = lines(await docker('ps', '--filter', name, '--format', '{{.Names}}'))
    const bytes = ['cat', '/sys/class/net/eth0/statistics/rx_bytes']
    return (await Promise.all(replicas.map((replica) => docker('exec', replica, ...bytes)))).map(Number)
  }

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    await project.writeFile(
      'default.conf',
      'server { listen 80; location / { proxy_pass http://backend:8000; proxy_set_header Host $http_host; } }',
    )
    await project.write('v1', (file) => {
      const { web } = file.services
      file.services['backend'] = { ...web, 'x-muelle': {}, expose: ['8000'] }
      const volumes = ['./default.conf:/etc/nginx/conf.d/default.conf:ro']
      file.services['web'] = { image: 'nginx:alpine', ports: ['80'], volumes, depends_on: ['backend'] }
    })
    await succeed('up', project.directory)
  })

  test('has visitors in every replica of what is behind it, and loses none, whichever way it is scaled', async () => {
    const visitors = visit(host, project, 4)
    await succeed('scale', 'backend=3', '--app', project.name)
    const before = await received()
    for (let request = 0; request < 30; request++) await host.get(project.domain)
    const grown = (await received()).map((bytes, index) => bytes - (before[index] ?? 0))
    assert.equal(grown.length, 3)
    for (const bytes of grown) assert.ok(bytes > 1000, `${grown} bytes`)
    await succeed('scale', 'backend=1', '--app', project.name)
    assert.equal((await received()).length, 1)
    assert.deepEqual([...new Set((await visitors.stop()).flat())], ['v1'])
  })
  test('keeps that in its next release, and says where the file wants another number', async () => {
    await succeed('scale', 'backend=2', '--app', project.name)
    const { exitCode, stderr } = await host.muelle('up', project.directory)
    assert.equal(exitCode, 0, stderr)
    assert.match(stderr, /backend runs 2 times, as muelle scale said; the file says 1/)
    assert.equal((await received()).length, 2)
  })
})
