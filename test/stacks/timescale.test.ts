import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { containerOf, containersOf } from '../support/container.ts'
import { createExample, type Example, until } from '../support/example.ts'
import { createHost, docker, type Host, lines, suiteCleanup } from '../support/host.ts'

/** T1 to T6 of the source documents: TimescaleDB, Redis, and the gateway as the only way in. */
describe('examples/timescale in production', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let example: Example
  let key: string

  const readings = '/api/stations/puerto/readings/'
  const send = (temperature: number, hoursAgo = 0) => {
    const time = new Date(Date.now() - hoursAgo * 3_600_000).toISOString()
    return example.ask(readings, { body: { temperature, time }, headers: { 'x-station-key': key } })
  }
  const sql = (query: string) =>
    example.exec('timescaledb', 'psql', '-U', 'estaciones', '-d', 'estaciones', '-tAc', query)

  before(async () => {
    host = await createHost(cleanup)
    const entrance = { domain: 'estaciones.localhost' }
    example = await createExample(cleanup, host, { example: 'timescale', entrance })
    await example.up()
    key = await example.exec('webapp', 'python', 'manage.py', 'add_station', 'puerto', 'Puerto')
  })

  test('readings go into the chunks of a hypertable', async () => {
    for (const [temperature, hoursAgo] of [
      [20, 1],
      [22, 1],
      [12, 24 * 8],
    ] as const)
      assert.equal((await send(temperature, hoursAgo)).status, 201)
    assert.equal((await example.ask(readings, { body: { temperature: 1 } })).status, 401)
    assert.equal(await sql("SELECT count(*) > 1 FROM show_chunks('stations_reading')"), 't')
    const { hours } = (await example.ask('/api/stations/puerto/hourly/?hours=48')).json()
    assert.deepEqual(
      (hours as { temperature: number }[]).map(({ temperature }) => temperature),
      [21],
    )
  })

  test('the means by the hour are kept in Redis [T3]', async () => {
    assert.match(await example.exec('redis', 'redis-cli', '--raw', 'keys', '*'), /hourly-1-48/)
  })

  test('the readings come back from a backup, chunk by chunk', async () => {
    const all = 'SELECT tableoid::regclass, r.* FROM stations_reading r ORDER BY time, 2'
    const were = await sql(all)
    const muelle = async (...argv: string[]): Promise<void> => {
      const { exitCode, stderr } = await host.muelle('backup', ...argv, '--app', example.name)
      assert.equal(exitCode, 0, stderr)
    }
    await muelle('create')
    await sql('DELETE FROM stations_reading')
    await muelle('restore', '--confirm', example.name)
    assert.equal(await sql(all), were)
    assert.equal((await example.ask('/stations/puerto/')).status, 200)
    await muelle('confirm')
  })

  test('a page shows them, from tables and a style that the release commands brought [T6]', async () => {
    const page = await example.ask('/stations/puerto/')
    assert.match(page.body, /21,0 °C/)
    assert.equal(page.headers['x-app-version'], '1')
    const [, path = ''] = /href="(\/static\/[^"]+\.css)"/.exec(page.body) ?? []
    const style = await example.ask(path)
    assert.equal(style.status, 200)
    assert.equal(style.headers['x-app-version'], undefined, 'Django was not asked')
    const file = path.replace('/static/', '/app/staticfiles/')
    assert.equal(style.body.trim(), await example.exec('webapp', 'cat', file))
  })

  test('nothing but the gateway, over TLS, lets anybody in [T1]', async () => {
    const containers = await containersOf(example.name)
    assert.equal(containers.length, 3)
    for (const { Name, HostConfig } of containers) assert.deepEqual(HostConfig.PortBindings ?? {}, {}, Name)
    const plain = await host.get('estaciones.localhost', '/')
    assert.equal(plain.status, 308)
    assert.match(plain.headers.location ?? '', /^https:/)
    assert.equal((await example.ask('/')).headers['x-app-version'], '1', 'Django was asked')
    const [, path = ''] = /href="(\/static\/[^"]+\.css)"/.exec((await example.ask('/')).body) ?? []
    assert.equal((await example.ask(path)).headers['x-app-version'], undefined, 'Django was not asked')
  })

  test('several workers of Gunicorn serve, and they are not root [T2]', async () => {
    const { Id } = await containerOf(example.name, 'webapp')
    const processes = lines(await docker('top', Id, '-o', 'pid,args'))
    assert.equal(processes.filter((line) => line.includes('gunicorn')).length, 4, processes.join('\n'))
    assert.equal(await example.exec('webapp', 'id', '-un'), 'app')
  })

  test('webapp serves only once the database takes connections [T2]', async () => {
    const { Image } = await containerOf(example.name, 'webapp')
    const database = ['--network', 'none', '--env', 'DB_HOST=127.0.0.1', '--env', 'DB_PORT=5432']
    const id = await docker('run', '--detach', ...database, Image, 'echo', 'serving')
    try {
      await sleep(2000)
      assert.equal(await docker('logs', id), '')
      const listen = "import socket; socket.create_server(('127.0.0.1', 5432)).accept()"
      await docker('exec', '--detach', id, 'python', '-c', listen)
      await until('the start', async () => ((await docker('logs', id)) === 'serving' ? true : undefined))
    } finally {
      await docker('rm', '--force', id)
    }
  })

  test('its own tests pass in the image', () =>
    example.test('webapp', 'python', 'manage.py', 'test', '--noinput'))

  test('a change goes live without a lost request, and the readings stay', async () => {
    await example.edit('stations/templates/stations/base.html', (text) =>
      text.replace('</head>', '<meta name="changed"></head>'),
    )
    await example.withoutLoss('/health/', () => example.up())
    assert.match((await example.ask('/')).body, /<meta name="changed">/)
    assert.equal(await sql('SELECT count(*) FROM stations_reading'), '3')
  })

  const refused = {
    'DEBUG=True': /django-debug-on/,
    'SECRET_KEY=mi-clave-secreta': /django-secret-key-weak/,
    'DB_PASSWORD=postgres': /compose-db-password-weak/,
    'ALLOWED_HOSTS=*': /ALLOWED_HOSTS must list the names of the site/,
  }
  for (const [line, reason] of Object.entries(refused)) {
    test(`${line} in .env does not go live, and what is live stays [T5]`, async () => {
      const file = join(example.directory, '.env')
      await writeFile(file, `${line}\n`, { mode: 0o600 })
      const { exitCode, stderr } = await example.tryUp()
      await rm(file)
      assert.notEqual(exitCode, 0)
      assert.match(stderr, reason)
      assert.equal((await example.ask('/health/')).status, 200)
    })
  }

  test('the readings outlive the container of their database [T4]', async () => {
    const { Id } = await containerOf(example.name, 'timescaledb')
    await docker('rm', '--force', Id)
    await example.up()
    assert.notEqual((await containerOf(example.name, 'timescaledb')).Id, Id)
    assert.equal(await sql('SELECT count(*) FROM stations_reading'), '3')
    assert.equal(await sql('SHOW shared_buffers'), '512MB')
    assert.equal(await sql('SHOW effective_cache_size'), '1536MB')
  })

  test('taken down, it leaves its volumes', () => example.leavesOnlyVolumes('postgres', 'staticfiles'))
})
