import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { execa } from 'execa'
import type { ComposeFile } from '../../src/app/compose.ts'
import {
  type Container,
  containerOf,
  containersOf,
  newestOf,
  untilHealthy,
  volumesOf,
} from '../support/container.ts'
import { beginSession } from '../support/django-session.ts'
import { createExample, type Example, until } from '../support/example.ts'
import { createHost, docker, type Host, lines, suiteCleanup } from '../support/host.ts'

const files = ['docker-compose.production.yml']
const turnsOver = { 'max-file': '3', 'max-size': '10m' }
const dress =
  'from shop.models import Dress; Dress.objects.create(name="Azahar", slug="azahar", price="1290")'

/** O1 to O15 of the source documents: a front end, an API, a worker, a scheduler, and two networks. */
describe('examples/orta-novias in production', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let example: Example

  const manage = (...argv: string[]) => example.exec('backend', 'python', 'manage.py', ...argv)
  const catalogue = async () => (await example.ask('/api/dresses/')).json()
  const one = (service: string): Promise<Container> => containerOf(example.name, service)
  const count = async (service: string) => (await newestOf(example.name, service)).length
  const written = async (): Promise<ComposeFile['services']> => {
    const argv = ['compose', ...files.flatMap((file) => ['--file', file]), '--profile', 'monitoring']
    const cwd = example.directory
    const { stdout } = await execa('docker', [...argv, 'config', '--format', 'json'], { cwd })
    return (JSON.parse(stdout) as ComposeFile).services
  }
  const redis = (...argv: string[]) => example.exec('redis', 'redis-cli', '--raw', ...argv)

  before(async () => {
    host = await createHost(cleanup)
    example = await createExample(cleanup, host, {
      example: 'orta-novias',
      files,
      env: { CATALOGUE_REFRESH_SECONDS: '1' },
      entrance: { domain: 'ortanovias.localhost' },
    })
    await example.up()
    await manage('shell', '-c', dress)
  })

  test('the front end is served, its files under names that change with them', async () => {
    const page = await example.ask('/')
    assert.match(page.body, /<title>Orta Novias<\/title>/)
    const [, path = ''] = /src="(\/assets\/main\.[0-9a-f]{10}\.js)"/.exec(page.body) ?? []
    const script = await example.ask(path)
    assert.equal(script.status, 200)
    assert.match(script.body, /from '\.\/api\.[0-9a-f]{10}\.js'/)
    assert.match(String(script.headers['cache-control']), /max-age=31536000/)
  })

  test('the scheduler has the catalogue made anew by the worker, again and again', async () => {
    const first = await until('the first catalogue', async () => {
      const found = await catalogue()
      return JSON.stringify(found['dresses']).includes('Azahar') ? found : undefined
    })
    await until('the next catalogue', async () =>
      (await catalogue())['refreshed'] === first['refreshed'] ? undefined : true,
    )
  })

  test('an appointment is confirmed by the worker', async () => {
    const body = { dress: 'azahar', name: 'Ana', email: 'ana@example.com', date: '2099-01-01' }
    const asked = await example.ask('/api/appointments/', { body })
    assert.equal(asked.status, 201, asked.body)
    const path = `/api/appointments/${asked.json()['id']}/`
    await until('the confirmation', async () =>
      (await example.ask(path)).json()['confirmed'] === null ? undefined : true,
    )
  })

  test('PostgreSQL 15 keeps UTF-8 on a volume [O2]', async () => {
    const sql = (query: string) => example.exec('db', 'psql', '-U', 'orta', '-d', 'orta', '-tAc', query)
    assert.match(await sql('SHOW server_version'), /^15\./)
    assert.equal(await sql('SHOW server_encoding'), 'UTF8')
    const db = await one('db')
    assert.deepEqual(volumesOf(db), { '/var/lib/postgresql/data': true })
    await untilHealthy([db])
  })

  test('Redis 7 keeps cache and sessions, in a file too, within 256 MB [O3]', async () => {
    assert.match(await redis('info', 'server'), /redis_version:7\./)
    assert.match(await redis('config', 'get', 'appendonly'), /yes/)
    assert.equal((await one('redis')).HostConfig.Memory, 256 * 1024 * 1024)
    const session = await manage('shell', '-c', beginSession)
    const keys = await redis('-n', '1', 'keys', '*')
    assert.match(keys, /:shown$/m)
    assert.ok(keys.includes(session), keys)
  })

  test('the API runs twice, healthy, with static and media files on volumes [O4]', async () => {
    const replicas = await containersOf(example.name, 'backend')
    assert.equal(replicas.length, 2)
    await untilHealthy(replicas)
    for (const replica of replicas)
      assert.deepEqual(volumesOf(replica), { '/app/media': true, '/app/static': true })
  })

  test('the worker has two processes for tasks [O5]', async () => {
    const told = await example.exec('celery', 'celery', '-A', 'orta', 'inspect', 'stats', '--json')
    const [stats] = Object.values(JSON.parse(told) as Record<string, { pool: { 'max-concurrency': number } }>)
    assert.equal(stats?.pool['max-concurrency'], 2)
  })

  test('the scheduler runs once, with its schedule on a volume [O6]', async () => {
    assert.deepEqual(volumesOf(await one('celery-beat')), { '/app/schedule': true })
    assert.match(await example.exec('celery-beat', 'ls', '/app/schedule'), /celerybeat-schedule/)
  })

  test('each service has the memory of the table [O11]', async () => {
    const limits = { db: 512, redis: 256, backend: 512, celery: 256, 'celery-beat': 128, nginx: 0 }
    const reserved: Record<string, number> = { db: 256, backend: 256 }
    for (const [service, limit] of Object.entries(limits)) {
      const [container] = await containersOf(example.name, service)
      const { Memory, MemoryReservation } = container?.HostConfig ?? {}
      assert.equal(Memory, limit * 1024 * 1024, service)
      assert.equal(MemoryReservation, (reserved[service] ?? 0) * 1024 * 1024, service)
    }
    // Flower's container is not always there, and its definition is.
    assert.equal(Number((await written())['flower']?.deploy?.resources?.limits?.memory), 128 * 1024 * 1024)
  })

  test('every service has a health check, and passes it [O12]', async () => {
    // The gateway does certbot's work.
    for (const [name, { healthcheck }] of Object.entries(await written()))
      assert.ok(healthcheck !== undefined || name === 'certbot', name)
    const containers = await containersOf(example.name)
    assert.equal(containers.length, 7)
    await untilHealthy(containers)
  })

  test('logs turn over, and those of the API, the worker, the scheduler and nginx are JSON [O10]', async () => {
    for (const { Name, HostConfig } of await containersOf(example.name))
      assert.deepEqual(HostConfig.LogConfig, { Type: 'json-file', Config: turnsOver }, Name)
    await Promise.all(Array.from({ length: 4 }, () => example.ask('/api/dresses/')))
    await example.ask('/api/nothing/')
    for (const service of ['backend', 'celery', 'celery-beat', 'nginx']) {
      const containers = await containersOf(example.name, service)
      const logs = await Promise.all(
        containers.map(({ Id }) => execa('docker', ['logs', '--tail', '3', Id], { all: true })),
      )
      const written = logs.flatMap(({ all }) => lines(all))
      assert.notEqual(written.length, 0, service)
      for (const line of written) assert.equal(typeof JSON.parse(line), 'object', service)
    }
  })

  test('two networks: nginx reaches the API and not the database, the API and the workers do [O13]', async () => {
    const networksOf = async (service: string) => {
      const [container] = await containersOf(example.name, service)
      const names = Object.keys(container?.NetworkSettings.Networks ?? {})
      return ['frontend', 'backend'].filter((name) => names.includes(`${example.name}_${name}`)).join()
    }
    assert.equal(await networksOf('nginx'), 'frontend')
    assert.equal(await networksOf('backend'), 'frontend,backend')
    for (const service of ['db', 'redis', 'celery', 'celery-beat'])
      assert.equal(await networksOf(service), 'backend', service)
    const resolves = (from: string, name: string) =>
      example.exec(from, 'sh', '-c', `getent hosts ${name} || echo none`)
    assert.notEqual(await resolves('nginx', 'backend'), 'none')
    for (const name of ['db', 'redis']) assert.equal(await resolves('nginx', name), 'none', name)
    for (const from of ['backend', 'celery'])
      for (const name of ['db', 'redis']) assert.notEqual(await resolves(from, name), 'none', from)
  })

  test('nginx compresses, adds headers, and has files kept, all of it over TLS [O8]', async () => {
    const page = await example.ask('/')
    assert.equal(page.headers['x-frame-options'], 'DENY')
    assert.equal(page.headers['x-content-type-options'], 'nosniff')
    assert.equal(page.headers['referrer-policy'], 'same-origin')
    assert.match(String(page.headers['content-security-policy']), /default-src 'self'/)
    const style = await example.ask('/static/admin/css/base.css', { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(style.headers['content-encoding'], 'gzip')
    assert.match(String(style.headers['cache-control']), /max-age=31536000/)
    assert.equal((await host.get('ortanovias.localhost')).status, 308)
  })

  test('one visitor gets no more than 10 requests a second and 20 at once, and others are not held up [O8]', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 60 }, async () => (await example.ask('/api/dresses/')).status),
    )
    assert.ok(statuses.includes(429))
    assert.ok(statuses.includes(200))
    assert.equal(await example.asAnotherVisitor('/api/dresses/'), 200)
  })

  test('the images of development and of the front end alone are built [O1]', async () => {
    const named = ['compose', '--project-name', `${example.name}-development`, '--file', 'docker-compose.yml']
    const built = await execa('docker', [...named, 'build', 'backend', 'frontend'], {
      cwd: example.directory,
      reject: false,
      all: true,
    })
    assert.equal(built.exitCode, 0, built.all)
    await docker('rmi', `${example.name}-development-backend`, `${example.name}-development-frontend`)
  })

  // Debian does not package Flower: where no registry answers, the profile cannot be had.
  test('Flower runs behind its password, or is said to be out of reach and changes nothing', async () => {
    const argv = ['up', example.directory, '-f', ...files]
    const { exitCode, stderr } = await host.startWith({ COMPOSE_PROFILES: 'monitoring' }, ...argv)
    if (exitCode === 0) {
      assert.equal((await example.ask('/flower/')).status, 401)
    } else {
      assert.match(stderr, /IMAGE_UNAVAILABLE: The image mher\/flower:2\.0 /)
      assert.equal(await count('backend'), 2)
    }
  })

  test('its own tests pass in the image, with PostgreSQL and Redis', () =>
    example.test('backend', 'python', 'manage.py', 'test', '--noinput'))

  test('its operations: logs of one service, three replicas, a restart, a dump [O14]', async () => {
    const muelle = async (...argv: string[]) => {
      const run = await host.muelle(...argv, '--app', example.name)
      assert.equal(run.exitCode, 0, run.stderr)
      return run.stdout
    }
    const logs = lines(await muelle('logs', 'celery'))
    assert.ok(logs.some((line) => line.includes('refresh_catalogue')))
    assert.deepEqual(
      logs.filter((line) => !line.startsWith('celery-r')),
      [],
    )
    await example.withoutLoss('/health/', async () => {
      await muelle('scale', 'backend=3')
      assert.equal(await count('backend'), 3)
      await muelle('scale', 'backend=2')
      assert.equal(await count('backend'), 2)
      await muelle('restart')
    })
    const dump = await example.exec('db', 'pg_dump', '-U', 'orta', 'orta')
    assert.match(dump, /COPY public\.shop_dress [\s\S]*\tAzahar\t/)
  })

  test('a change of both images goes live without a lost request, and the appointments stay [O15]', async () => {
    await example.edit('frontend/index.html', (text) =>
      text.replace('<h1>Vestidos</h1>', '<h1>Vestidos de novia</h1>'),
    )
    await example.edit('VERSION', () => '2\n')
    await example.withoutLoss('/health/', () => example.up())
    assert.match((await example.ask('/')).body, /Vestidos de novia/)
    assert.equal((await example.ask('/health/')).headers['x-app-version'], '2')
    assert.equal(
      await manage('shell', '-c', 'from shop.models import Appointment; print(Appointment.objects.count())'),
      '1',
    )
    assert.equal(await count('celery-beat'), 1)
  })

  test('taken down, it leaves its volumes', () =>
    example.leavesOnlyVolumes(
      'celery_beat_schedule',
      'certbot_www',
      'letsencrypt',
      'media_files',
      'postgres_data',
      'redis_data',
      'static_files',
    ))
})
