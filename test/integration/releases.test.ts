import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { parse } from 'yaml'
import { freePort } from '../../bench/ports.ts'
import { createHost, docker, type Host, lines, suiteCleanup } from '../support/host.ts'
import { createProject, type Project } from '../support/project.ts'

describe('releases', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project

  const up = async (version: string) => {
    await project.write(version, (file) => {
      file.services['worker'] = { build: '.', command: 'sleep 1000', stop_grace_period: '1s' }
      file.services['beat'] = {
        build: '.',
        command: 'sh -c "exec sleep 1000" celery beat',
        stop_grace_period: '1s',
      }
      file.services['cache'] = { image: 'redis:7-alpine' }
      file['x-muelle'] = { ...file['x-muelle'], keep_releases: 3 }
    })
    const run = await host.muelle('up', project.directory)
    assert.equal(run.exitCode, 0, run.stderr)
  }
  const version = async (): Promise<string> => (await host.get(project.domain)).body.split(' ')[0] ?? ''
  const running = async (role: string): Promise<string[]> => {
    const found = await docker(
      'ps',
      '--filter',
      `label=org.muelle.app=${project.name}`,
      '--filter',
      `label=org.muelle.role=${role}`,
      '--format',
      '{{.Names}}',
    )
    return lines(found).sort()
  }

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    await up('v1')
  })

  test('the next one takes over, and the one before stays warm [C11]', async () => {
    const cache = await running('backing')
    const started = await docker('inspect', '--format', '{{.State.StartedAt}}', ...cache)
    await up('v2')
    assert.equal(await version(), 'v2')
    const { name } = project
    assert.deepEqual(await running('web'), [`${name}-r1-web-r1-1`, `${name}-r2-web-r2-1`])
    assert.deepEqual(await running('worker'), [`${name}-r2-worker-r2-1`])
    assert.deepEqual(await running('singleton'), [`${name}-r2-beat-r2-1`])
    assert.equal(await docker('inspect', '--format', '{{.State.StartedAt}}', ...cache), started)
  })

  test('a rollback returns to it, with its workers [C7, C11]', async () => {
    const run = await host.muelle('rollback', '--app', project.name)
    assert.equal(run.exitCode, 0, run.stderr)
    assert.equal(await version(), 'v1')
    assert.deepEqual(await running('worker'), [`${project.name}-r1-worker-r1-1`])
    assert.deepEqual(await running('singleton'), [`${project.name}-r1-beat-r1-1`])
  })

  test('an older one is retired, is kept, and can be returned to by number', async () => {
    await up('v3')
    await up('v4')
    assert.deepEqual(await running('web'), [`${project.name}-r3-web-r3-1`, `${project.name}-r4-web-r4-1`])
    const run = await host.muelle('rollback', '2', '--app', project.name)
    assert.equal(run.exitCode, 0, run.stderr)
    assert.equal(await version(), 'v2')
  })

  test('releases beyond keep_releases are forgotten, with their images [B10]', async () => {
    const { stdout } = await host.muelle('releases', '--app', project.name, '--json')
    const states = (JSON.parse(stdout) as { number: number; state: string }[]).map(
      ({ number, state }) => `${number} ${state}`,
    )
    assert.deepEqual(states, ['4 warm', '3 kept', '2 live', '1 pruned'])
    const images = lines(await docker('images', '--format', '{{.Tag}}', `${project.name}-web`)).sort()
    assert.deepEqual(images, ['r2', 'r3', 'r4'])
    const unknown = await host.muelle('rollback', '1', '--app', project.name)
    assert.equal(unknown.exitCode, 42)
  })

  test('the rendered file is plain Compose: pinned images, nothing published', async () => {
    const path = join(host.env['MUELLE_HOME'] ?? '', 'apps', project.name, 'releases', '2', 'compose.yaml')
    const file = parse(await readFile(path, 'utf8')) as { services: Record<string, Record<string, unknown>> }
    for (const service of Object.values(file.services)) {
      assert.match(String(service['image']), /^sha256:/)
      assert.equal(service['ports'], undefined)
    }
  })

  test('a changed backing service needs agreement', async () => {
    const change = () =>
      project.write('v5', (file) => {
        file.services['cache'] = { image: 'redis:7-alpine', command: 'redis-server --maxmemory 10mb' }
      })
    await change()
    const refused = await host.muelle('up', project.directory)
    assert.equal(refused.exitCode, 31, refused.stderr)
    assert.equal(await version(), 'v2')
    const agreed = await host.muelle('up', project.directory, '--replace', 'cache')
    assert.equal(agreed.exitCode, 0, agreed.stderr)
    assert.equal(await version(), 'v5')
  })

  test('status, logs and exec know the live release', async () => {
    const status = await host.muelle('status', project.name, '--json')
    const [app] = JSON.parse(status.stdout) as {
      release: number
      services: { name: string; running: number }[]
    }[]
    assert.equal(app?.release, 6)
    assert.deepEqual(app?.services.find(({ name }) => name === 'web')?.running, 1)
    const exec = await host.muelle('exec', '-C', project.directory, 'web', 'cat', 'VERSION')
    assert.equal(exec.stdout.trim(), 'v5')
    const failing = await host.muelle('exec', '--app', project.name, 'web', 'sh', '-c', 'exit 7')
    assert.equal(failing.exitCode, 7)
    const logs = await host.muelle('logs', 'cache', '--app', project.name)
    assert.match(logs.stdout, /Ready to accept connections/)
  })

  test('two deployments of one app do not mix', async () => {
    const first = host.start('up', project.directory)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const second = await host.muelle('up', project.directory)
    assert.equal(second.exitCode, 40, second.stderr)
    assert.equal((await first).exitCode, 0)
  })

  test('down --volumes asks for the name', async () => {
    const refused = await host.muelle('down', project.name, '--volumes')
    assert.equal(refused.exitCode, 43)
    const done = await host.muelle('down', project.name, '--volumes', '--confirm', project.name)
    assert.equal(done.exitCode, 0, done.stderr)
    assert.equal(await docker('ps', '-aq', '--filter', `label=org.muelle.instance=${host.instance}`), '')
  })
})

describe('a Compose file without x-muelle', () => {
  test('deploys over http on the port that it publishes, behind its own proxy', async (t) => {
    const host = await createHost({ after: (work) => t.after(work) })
    const project = await createProject({ after: (work) => t.after(work) })
    const port = await freePort()
    const behindNginx = (version: string): Promise<void> =>
      project.write(version, (file) => {
        delete file['x-muelle']
        file.services['web'] = { build: '.', ports: ['8000'] }
        file.services['nginx'] = {
          image: 'nginx:alpine',
          ports: [`${port}:80`],
          volumes: ['./default.conf:/etc/nginx/conf.d/default.conf:ro'],
          depends_on: { web: { condition: 'service_healthy' } },
        }
      })
    await project.writeFile(
      'default.conf',
      'server { listen 80; location / { proxy_pass http://web:8000; proxy_set_header Host $http_host; } }',
    )
    for (const version of ['v1', 'v2']) {
      await behindNginx(version)
      const run = await host.muelle('up', project.directory)
      assert.equal(run.exitCode, 0, run.stderr)
      assert.match(run.stderr, /has no health check/)
      const answer = await fetch(`http://127.0.0.1:${port}/`)
      assert.match(await answer.text(), new RegExp(`^${version} `))
    }
  })
})
