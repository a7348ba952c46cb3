import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { execa } from 'execa'
import {
  type Container,
  containerOf,
  containersOf,
  newestOf,
  untilHealthy,
  volumesOf,
} from '../support/container.ts'
import { createExample, type Example, until } from '../support/example.ts'
import { createHost, docker, type Host, lines, suiteCleanup } from '../support/host.ts'
import { startHostPostgres } from '../support/host-postgres.ts'

const match = `
from datetime import timedelta
from django.contrib.auth.models import User
from django.utils import timezone
from bets.models import Event
User.objects.create_user("ana", password="una-clave-larga")
starts_at = timezone.now() + timedelta(days=1)
event = Event.objects.create(
    home="Betis", away="Sevilla", starts_at=starts_at, odds_home="1.80", odds_draw="3.40", odds_away="4.50"
)
print(event.pk)
`

/** W1 to W8 of the source documents: an API with JWT behind the file's own nginx, on a PostgreSQL outside Docker. */
describe('examples/wisebet in production', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let example: Example
  let event: number
  let authorization: string

  const bets = (body?: unknown) =>
    example.ask('/api/bets/', { ...(body === undefined ? {} : { body }), headers: { authorization } })

  before(async () => {
    const account = { user: 'wisebet_user', password: 'demo-only-password', database: 'wisebet_db' }
    const postgres = await startHostPostgres(cleanup, account)
    host = await createHost(cleanup)
    example = await createExample(cleanup, host, {
      example: 'wisebet',
      files: ['docker-compose.prod.yml'],
      env: { DB_PORT: String(postgres.port) },
      entrance: { domain: 'wisebet.localhost' },
    })
    await example.up()
    event = Number(await example.exec('backend', 'python', 'manage.py', 'shell', '-c', match))
  })

  test('its database is a process of this machine', async () => {
    const containers = await docker('ps', '--filter', `name=${example.name}`, '--format', '{{.Image}}')
    assert.doesNotMatch(containers, /postgres/)
    const address = await example.exec('backend', 'getent', 'hosts', 'host.docker.internal')
    assert.match(address, /^\d+\.\d+\.\d+\.\d+\s/)
  })

  test('a token lets its owner bet, and nobody else [W2]', async () => {
    assert.equal((await example.ask('/api/bets/', { body: { event, pick: '1', stake: '10' } })).status, 401)
    const login = { username: 'ana', password: 'una-clave-larga' }
    const { access } = (await example.ask('/api/token/', { body: login })).json()
    authorization = `Bearer ${access}`
    const placed = await bets({ event, pick: 'X', stake: '10' })
    assert.equal(placed.status, 201, placed.body)
    assert.equal(placed.json()['odds'], '3.40')
  })

  test('nginx answers for itself, and the backend with its schema [W6]', async () => {
    assert.equal((await example.ask('/health/')).body, 'ok\n')
    assert.ok('/api/bets/' in ((await example.ask('/api/schema/')).json()['paths'] as object))
    const [backend, nginx] = [
      await containerOf(example.name, 'backend'),
      await containerOf(example.name, 'nginx'),
    ]
    assert.match(JSON.stringify(backend.Config.Healthcheck), /\/api\/schema\//)
    assert.match(JSON.stringify(nginx.Config.Healthcheck), /localhost\/health\//)
    await untilHealthy([backend, nginx])
  })

  test('browsers of the listed origin may call it [W7]', async () => {
    const headers = { origin: 'https://wisebet.localhost' }
    const answer = await example.ask('/api/events/', { headers })
    assert.equal(answer.headers['access-control-allow-origin'], 'https://wisebet.localhost')
  })

  test('static files come from nginx, for a year, over TLS [W1]', async () => {
    const style = await example.ask('/static/admin/css/base.css')
    assert.equal(style.status, 200)
    assert.match(style.headers['cache-control'] ?? '', /max-age=31536000/)
    assert.equal(style.headers['x-app-version'], undefined, 'Django was not asked')
  })

  test('four workers with two threads, as a user that is not root, with both volumes [W2]', async () => {
    const backend = await containerOf(example.name, 'backend')
    const processes = lines(await docker('top', backend.Id, '-o', 'pid,args')).slice(1)
    assert.equal(processes.length, 5, processes.join('\n'))
    for (const line of processes) assert.match(line, /gunicorn .*--threads 2/)
    assert.equal(await example.exec('backend', 'id', '-un'), 'appuser')
    assert.deepEqual(volumesOf(backend), { '/app/mediafiles': true, '/app/staticfiles': true })
  })

  test('what may be read only is: the image of the backend, and all that nginx mounts [W5]', async () => {
    assert.equal((await containerOf(example.name, 'backend')).HostConfig.ReadonlyRootfs, true)
    const write = await host.muelle('exec', '--app', example.name, 'backend', 'touch', '/app/x')
    assert.notEqual(write.exitCode, 0)
    const { Mounts } = await containerOf(example.name, 'nginx')
    assert.equal(Mounts.length, 4)
    for (const { Destination, RW } of Mounts) assert.equal(RW, false, Destination)
  })

  test('its own tests pass in the image, in the database outside', () =>
    example.test('backend', 'python', 'manage.py', 'test', '--noinput'))

  test('three replicas take turns [W1, W8]', async () => {
    const { exitCode, stderr } = await host.muelle('scale', 'backend=3', '--app', example.name)
    assert.equal(exitCode, 0, stderr)
    const replicas = await newestOf(example.name, 'backend')
    assert.equal(replicas.length, 3)
    const asked = async ({ Id }: Container) => {
      const { all } = await execa('docker', ['logs', Id], { all: true })
      return lines(all).filter((line) => line.includes('Unauthorized: /api/bets/')).length
    }
    const before = await Promise.all(replicas.map(asked))
    await until('a turn of each', async () => {
      for (let visit = 0; visit < 9; visit += 1) assert.equal((await example.ask('/api/bets/')).status, 401)
      const after = await Promise.all(replicas.map(asked))
      return after.every((count, index) => count > (before[index] ?? 0)) ? true : undefined
    })
  })

  test('one command each backs it up, proven, and restores it, although it is outside [W3]', async () => {
    const app = ['--app', example.name]
    const backup = await host.muelle('backup', ...app)
    assert.equal(backup.exitCode, 0, backup.stderr)
    assert.match(backup.stdout, /is proven: it was restored/)
    const forget = 'from bets.models import Bet; print(Bet.objects.all().delete()[0])'
    assert.equal(await example.exec('backend', 'python', 'manage.py', 'shell', '-c', forget), '1')
    const restore = await host.muelle('backup', 'restore', ...app, '--confirm', example.name)
    assert.equal(restore.exitCode, 0, restore.stderr)
    assert.equal((await bets()).json()['count'], 1)
    const confirm = await host.muelle('backup', 'confirm', ...app)
    assert.equal(confirm.exitCode, 0, confirm.stderr)
  })

  test('a change goes live without a lost request, and the bets stay', async () => {
    await example.edit('VERSION', () => '2\n')
    await example.withoutLoss('/api/health/', () => example.up())
    const { headers, body } = await bets()
    assert.equal(headers['x-app-version'], '2')
    assert.equal((JSON.parse(body) as { count: number }).count, 1)
  })

  test('more workers and threads are two numbers of the Dockerfile [W8]', async () => {
    await example.edit('Dockerfile', (text) =>
      text.replace('"--workers", "4", "--threads", "2"', '"--workers", "8", "--threads", "4"'),
    )
    await example.up()
    const [newest] = await containersOf(example.name, 'backend')
    const processes = lines(await docker('top', newest?.Id ?? '', '-o', 'pid,args')).slice(1)
    assert.equal(processes.length, 9, processes.join('\n'))
    for (const line of processes) assert.match(line, /gunicorn .*--threads 4/)
  })

  test('taken down, it leaves its volumes', () =>
    example.leavesOnlyVolumes('certbot_www', 'media_volume', 'static_volume'))
})
