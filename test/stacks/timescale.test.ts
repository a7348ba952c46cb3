import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { createExample, type Example } from '../support/example.ts'
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

  test('they come back from a backup, chunk by chunk', async () => {
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

  test('a page shows them, with its style from the volume that the gateway serves', async () => {
    const page = await example.ask('/stations/puerto/')
    assert.match(page.body, /21,0 °C/)
    const [, path = ''] = /href="(\/static\/[^"]+\.css)"/.exec(page.body) ?? []
    const style = await example.ask(path)
    assert.equal(style.status, 200)
    assert.equal(style.headers['x-app-version'], undefined, 'Django was not asked')
  })

  test('the database has the memory that the file gives it', async () => {
    assert.equal(await sql('SHOW shared_buffers'), '512MB')
    assert.equal(await sql('SHOW effective_cache_size'), '1536MB')
  })

  test('several workers serve, and they are not root', async () => {
    const filter = ['--filter', `name=${example.name}-r`, '--format', '{{.Names}}']
    const processes = await docker('top', lines(await docker('ps', ...filter))[0] ?? '', '-o', 'args')
    assert.ok(lines(processes).filter((line) => line.includes('gunicorn')).length >= 4, processes)
    assert.equal(await example.exec('webapp', 'id', '-un'), 'app')
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

  test('taken down, it leaves its volumes', () => example.leavesOnlyVolumes('postgres', 'staticfiles'))
})
