import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { generate } from 'selfsigned'
import { until } from '../support/backup.ts'
import { docker, suiteCleanup } from '../support/host.ts'
import { type ManagedPostgres, startManagedPostgres } from '../support/managed-postgres.ts'
import { createOutsideApp, createPsql, type OutsideApp, type Psql } from '../support/outside.ts'

const password = 'hush-hush-managed'
const image = 'postgres:17'
const outside = { image, sslrootcert: 'certs/ca.pem' }
const items = `CREATE TABLE item (id serial PRIMARY KEY, name text, price numeric);
  INSERT INTO item (name, price) SELECT 'ñandú ' || n, n / 7.0 FROM generate_series(1, 20000) n`

/** On another network, reached by its address, over TLS that is verified; sorted in a language that no image knows. */
describe('a PostgreSQL on another machine, as a provider gives it', () => {
  const cleanup = suiteCleanup()
  let managed: ManagedPostgres
  let app: OutsideApp
  let psql: Psql

  const rows = (): Promise<string> =>
    psql(
      'shop',
      'shop',
      'COPY (SELECT * FROM item ORDER BY name) TO STDOUT',
      'SELECT datcollate FROM pg_database WHERE datname = current_database()',
    )
  const confirmed = () => ['backup', 'restore', '--confirm', app.project.name] as const

  before(async () => {
    managed = await startManagedPostgres(cleanup, { image, password })
    psql = await createPsql(cleanup, { container: managed.container })
    app = await createOutsideApp(cleanup, {
      host: managed.address,
      port: 5432,
      password,
      environment: { DB_SSLMODE: 'verify-full', PGSSLROOTCERT: '/app/certs/ca.pem' },
      service: { networks: ['default', 'provider'] },
      rest: { networks: { default: {}, provider: { name: managed.network, external: true } } },
    })
    await app.write(items, outside)
    await app.project.writeFile('certs/ca.pem', managed.certificate)
    await app.up()
  })

  test('is backed up, proven and restored by a user that is no superuser, over TLS [W3]', async () => {
    await app.succeed('backup')
    assert.deepEqual(await app.states(), ['proven'])
    const were = await rows()
    await psql('shop', 'shop', 'DELETE FROM item', 'CREATE TABLE later (id int)')
    await app.succeed(...confirmed())
    assert.equal(await rows(), were)
    assert.match(were, /es_ES\.UTF-8$/)
    assert.equal((await app.host.get(app.project.domain)).status, 200)
    await app.succeed('backup', 'confirm')
    const databases = "SELECT string_agg(datname, ' ' ORDER BY 1) FROM pg_database WHERE NOT datistemplate"
    assert.equal(await managed.sql(databases), 'postgres shop')
    assert.deepEqual(await app.leftovers(), [])
  })

  test('is rehearsed on a copy that has neither its address nor its certificate', async () => {
    const backups = { rehearse: true }
    await app.write('ALTER TABLE item ADD COLUMN sku text NOT NULL', outside, { backups })
    const were = await rows()
    assert.match(await app.fail(57, 'up', app.project.directory), /contains null values/)
    assert.equal(await rows(), were)
    await app.write('ALTER TABLE item ADD COLUMN sku text', outside, { backups })
    await app.up()
    assert.deepEqual(await app.leftovers(), [])
  })

  test('with another certificate is not talked to', async () => {
    const { cert } = await generate([{ name: 'commonName', value: 'managed' }], { keyType: 'ec' })
    await app.project.writeFile('certs/other.pem', cert)
    await app.write('', { image, sslrootcert: 'certs/other.pem' })
    const told = await app.fail(59, 'up', app.project.directory)
    assert.match(told, /no TLS with 10\.\S+:5432 as sslmode wants it/)
    assert.match(told, /certificate verify failed/)
  })

  test('of which only the image has the certificate is told how to name it', async () => {
    await app.write('', { image })
    const told = await app.fail(13, 'up', app.project.directory)
    assert.match(told, /\/app\/certs\/ca\.pem is in the image of web/)
    await app.write('', outside)
    await app.up()
  })

  test('that goes away without a word ends the backup within two minutes, and is no half one', async () => {
    const were = await rows()
    const lock = docker(
      ...['exec', managed.container, 'psql', '-U', 'shop', '-d', 'shop', '-c'],
      'BEGIN; LOCK TABLE item; SELECT pg_sleep(60)',
    )
    const running = app.fail(59, 'backup')
    await until(async () => {
      const dumps =
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LOCK TABLE%' AND wait_event_type = 'Lock'"
      return (await managed.sql(dumps)) !== '0'
    })
    const began = Date.now()
    await docker('network', 'disconnect', managed.network, managed.container)
    const told = await running
    const took = Date.now() - began
    await docker('network', 'connect', '--ip', managed.address, managed.network, managed.container)
    await lock
    assert.match(told, /DATABASE_UNUSABLE/)
    assert.ok(took < 120_000, `${took} ms`)
    assert.equal((await app.states())[0], 'failed')
    assert.equal(await rows(), were)
    assert.deepEqual(await app.leftovers(), [])
  })
})
