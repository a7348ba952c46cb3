import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { createExample, type Example, until } from '../support/example.ts'
import { createHost, docker, type Host, lines, suiteCleanup } from '../support/host.ts'

const files = ['docker-compose.production.yml']
const dress =
  'from shop.models import Dress; Dress.objects.create(name="Azahar", slug="azahar", price="1290")'

/** O1 to O15 of the source documents: a front end, an API, a worker, a scheduler, and two networks. */
describe('examples/orta-novias in production', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let example: Example

  const manage = (...argv: string[]) => example.exec('backend', 'python', 'manage.py', ...argv)
  const catalogue = async () => (await example.ask('/api/dresses/')).json()
  const containersOf = async (service: string) =>
    lines(
      await docker(
        'ps',
        '--filter',
        `label=org.muelle.app=${example.name}`,
        '--filter',
        `label=org.muelle.service=${service}`,
        '--format',
        '{{.Names}}',
      ),
    )
  const inspect = async (service: string, format: string) => {
    const [name = ''] = await containersOf(service)
    return (await docker('inspect', '--format', format, name)).trim()
  }

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

  test('the API runs twice, the scheduler once, with its schedule on a volume', async () => {
    assert.equal((await containersOf('backend')).length, 2)
    assert.equal((await containersOf('celery-beat')).length, 1)
    assert.match(await example.exec('celery-beat', 'ls', '/app/schedule'), /celerybeat-schedule/)
  })

  test('each service has the memory of the table, and logs that turn over', async () => {
    const megabytes = { db: 512, redis: 256, backend: 512, celery: 256, 'celery-beat': 128 }
    for (const [service, limit] of Object.entries(megabytes)) {
      assert.equal(await inspect(service, '{{.HostConfig.Memory}}'), String(limit * 1024 * 1024), service)
      assert.match(await inspect(service, '{{json .HostConfig.LogConfig}}'), /"max-size":"10m"/, service)
    }
  })

  test('logs are JSON, of the API, the worker and the scheduler', async () => {
    for (const service of ['backend', 'celery', 'celery-beat']) {
      const [name = ''] = await containersOf(service)
      const last = lines(await docker('logs', '--tail', '1', name)).at(-1)
      if (last !== undefined) assert.equal(typeof JSON.parse(last).message, 'string', service)
    }
  })

  test('nginx reaches the API and not the database', async () => {
    const resolves = (name: string) => example.exec('nginx', 'sh', '-c', `getent hosts ${name} || echo none`)
    assert.notEqual(await resolves('backend'), 'none')
    assert.equal(await resolves('db'), 'none')
    assert.equal(await resolves('redis'), 'none')
  })

  test('one visitor gets no more than 10 requests a second and 20 at once', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 60 }, async () => (await example.ask('/api/dresses/')).status),
    )
    assert.ok(statuses.includes(429))
    assert.ok(statuses.includes(200))
  })

  // Debian does not package Flower: where no registry answers, the profile cannot be had.
  test('Flower runs behind its password, or is said to be out of reach and changes nothing', async () => {
    const argv = ['up', example.directory, '-f', ...files]
    const { exitCode, stderr } = await host.startWith({ COMPOSE_PROFILES: 'monitoring' }, ...argv)
    if (exitCode === 0) {
      assert.equal((await example.ask('/flower/')).status, 401)
    } else {
      assert.match(stderr, /IMAGE_UNAVAILABLE: The image mher\/flower:2\.0 /)
      assert.equal((await containersOf('backend')).length, 2)
    }
  })

  test('its own tests pass in the image, with PostgreSQL and Redis', () =>
    example.test('backend', 'python', 'manage.py', 'test', '--noinput'))

  test('a change of both images goes live without a lost request, and the appointments stay', async () => {
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
    assert.equal((await containersOf('celery-beat')).length, 1)
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
