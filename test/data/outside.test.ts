import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { createHost, lines, suiteCleanup } from '../support/host.ts'
import { type HostPostgres, startHostPostgres } from '../support/host-postgres.ts'
import { createOutsideApp, createPsql, type OutsideApp, type Psql } from '../support/outside.ts'
import { type Relay, startRelay } from '../support/relay.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const password = 'hush-hush-outside'
const outside = { image: 'postgres:17' }
const items = `CREATE TABLE item (id serial PRIMARY KEY, name text, price numeric, raw bytea);
  INSERT INTO item (name, price, raw) SELECT 'ñandú ' || n, n / 7.0, decode(md5(n::text), 'hex') FROM generate_series(1, 60000) n`

describe('a PostgreSQL that is a process of this machine', () => {
  const cleanup = suiteCleanup()
  let postgres: HostPostgres
  let relay: Relay
  let app: OutsideApp
  let psql: Psql

  const rows = (): Promise<string> =>
    psql(
      'shop',
      'shop',
      'COPY (SELECT * FROM item ORDER BY id) TO STDOUT',
      "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
      'SELECT last_value FROM item_id_seq',
    )
  const databases = async (): Promise<string[]> =>
    lines(await psql('shop', 'shop', "SELECT datname FROM pg_database WHERE datname LIKE 'shop%' ORDER BY 1"))
  const restore = ['backup', 'restore'] as const
  const confirmed = (...more: string[]) => [...restore, ...more, '--confirm', app.project.name] as const
  /** Neither the data nor who serves it has changed, and nothing is left over. */
  const untouched = async (work: () => Promise<void>): Promise<void> => {
    const were = [await rows(), await databases(), await app.version()]
    await work()
    assert.deepEqual([await rows(), await databases(), await app.version()], were)
    assert.equal((await app.host.get(app.project.domain)).status, 200)
    assert.deepEqual(await app.leftovers(), [])
  }

  before(async () => {
    postgres = await startHostPostgres(cleanup, { user: 'shop', password, database: 'shop' })
    relay = await startRelay(cleanup, postgres.port)
    app = await createOutsideApp(cleanup, { host: 'host.docker.internal', port: relay.port, password })
    await app.write(items, outside)
  })

  test('is found by the environment of the app, empty at first [W3]', async () => {
    assert.match(await app.up(), /No restore point is needed: the databases are empty/)
    assert.deepEqual(await app.leftovers(), [])
    psql = await createPsql(cleanup, { port: postgres.port, password, image: outside.image })
    assert.equal(await psql('shop', 'shop', 'SELECT count(*) FROM item'), '60000')
  })

  test('is backed up while the app writes, proven, and restored to the row [W3]', async () => {
    const writing = new AbortController()
    const written = (async () => {
      while (!writing.signal.aborted)
        await psql('shop', 'shop', "INSERT INTO item (name) VALUES ('meanwhile')")
    })()
    await app.succeed('backup')
    writing.abort()
    await written
    assert.deepEqual(await app.states(), ['proven'])
    await app.succeed('backup')
    const were = await rows()
    await psql('shop', 'shop', 'DELETE FROM item WHERE id % 3 = 0', 'CREATE TABLE later (id int)')
    await app.succeed(...confirmed())
    assert.equal(await rows(), were)
    assert.equal((await databases()).length, 2, 'what served before is kept')
    await app.succeed('backup', 'confirm')
    assert.deepEqual(await databases(), ['shop'])
    assert.deepEqual(await app.leftovers(), [])
    assert.equal((await app.host.get(app.project.domain)).status, 200)
  })

  test('keeps who may connect to it and what is set for it', async () => {
    await psql(
      'postgres',
      'shop',
      'CREATE ROLE reporter LOGIN',
      'REVOKE CONNECT ON DATABASE shop FROM PUBLIC',
      'GRANT CONNECT ON DATABASE shop TO reporter',
      'GRANT SELECT ON item TO reporter',
      "ALTER DATABASE shop SET work_mem = '7MB'",
    )
    await app.succeed('backup')
    await app.succeed(...confirmed())
    const about = await psql(
      'shop',
      'shop',
      "SELECT has_database_privilege('reporter', 'shop', 'CONNECT'), has_database_privilege('pg_monitor', 'shop', 'CONNECT')",
      "SELECT has_table_privilege('reporter', 'item', 'SELECT')",
      'SHOW work_mem',
    )
    assert.equal(about, 't|f\nt\n7MB')
    await app.succeed('backup', 'confirm')
  })

  test('has a restore point before release commands, which are rehearsed on a copy', async () => {
    const backups = { rehearse: true }
    await app.write('ALTER TABLE item ADD COLUMN sku text NOT NULL', outside, { backups })
    await untouched(async () => {
      const told = await app.fail(57, 'up', app.project.directory)
      assert.match(told, /column "sku" of relation "item" contains null values/)
    })
    await app.write("ALTER TABLE item ADD COLUMN sku text DEFAULT 'none'", outside, { backups })
    assert.match(await app.up(), /On a copy of .* python migrate\.py took/)
    assert.match(await rows(), /\tnone$/m)
  })

  test('goes back to it when the release fails, where the file says so', async () => {
    const were = await rows()
    await app.write('ALTER TABLE item DROP COLUMN name', outside, {
      on_failure: 'restore',
      deploy_timeout: '3s',
    })
    await app.project.writeFile('server.py', "import sys\nsys.exit('cannot start')\n")
    const told = await app.fail(34, 'up', app.project.directory)
    assert.match(told, /The data goes back to/)
    assert.equal(await rows(), were)
    await app.succeed('backup', 'confirm')
  })

  describe('that cannot be used as it has to be', () => {
    test('does not answer: there is no backup, and the message says who does not answer', () =>
      untouched(async () => {
        relay.cut()
        const told = await app.fail(59, 'backup')
        relay.mend()
        assert.match(
          told,
          /DATABASE_UNUSABLE: The database shop_db cannot be used: .*host\.docker\.internal:\d+/,
        )
        assert.equal((await app.states())[0], 'failed')
      }))

    test('does not take the password', () =>
      untouched(async () => {
        await app.host.send('another-one', 'secrets', 'set', 'DB_PASSWORD', '--app', app.project.name)
        const told = await app.fail(59, 'backup')
        assert.match(told, /does not take the password of shop/)
        assert.match(told, /muelle secrets set/)
        await app.host.send(password, 'secrets', 'set', 'DB_PASSWORD', '--app', app.project.name)
      }))

    test('is newer than the programs of the image that was named: the right one is', async () => {
      await app.write('', { image: 'postgres:15' })
      await untouched(async () => {
        const told = await app.fail(59, 'up', app.project.directory)
        assert.match(told, /is PostgreSQL 17, and the programs of postgres:15 are of 15/)
        assert.match(told, /image: postgres:17/)
        assert.match(told, /muelle up --no-backup/)
      })
      await app.write('', outside)
      await app.up()
    })

    test('has a table that the user may not read: a dump without it would be no backup', async () => {
      await psql('postgres', 'shop', 'CREATE TABLE hidden (id int)')
      await untouched(async () => {
        assert.match(await app.fail(51, 'backup'), /permission denied for table hidden/)
        assert.equal((await app.states())[0], 'failed')
      })
      await psql('postgres', 'shop', 'DROP TABLE hidden')
    })

    test('gives the user too few rights: backups go on, and a restore is refused before anything stops', async (t) => {
      t.after(async () => {
        await postgres.letIn()
        await psql('postgres', 'shop', 'ALTER ROLE shop CREATEDB', 'ALTER DATABASE shop OWNER TO shop')
      })
      await psql('postgres', 'shop', 'ALTER ROLE shop NOCREATEDB')
      await untouched(async () => {
        await app.succeed('backup')
        assert.equal((await app.states())[0], 'proven')
        const told = await app.fail(59, ...confirmed())
        assert.match(told, /ALTER ROLE shop CREATEDB;/)
        assert.doesNotMatch(told, /maintenance/i)
      })
      await psql('postgres', 'shop', 'ALTER ROLE shop CREATEDB', 'ALTER DATABASE shop OWNER TO postgres')
      await untouched(async () => {
        assert.match(await app.fail(59, ...confirmed()), /ALTER DATABASE shop OWNER TO shop;/)
      })
      await psql('postgres', 'shop', 'ALTER DATABASE shop OWNER TO shop')
      await postgres.letIn('host shop shop samenet scram-sha-256')
      await untouched(async () => {
        await app.succeed('backup')
        assert.match(await app.fail(59, ...confirmed()), /pg_hba\.conf/)
      })
    })
  })

  describe('to which the connection breaks', () => {
    for (const [when, work] of [
      ['in the middle of a dump', () => ['backup']],
      ['in the middle of a restore', () => [...confirmed()]],
    ] as const)
      test(`${when}, keeps what it had`, async () => {
        await app.succeed('backup')
        const proven = (await app.states()).filter((state) => state === 'proven').length
        await untouched(async () => {
          const bytes = 1_500_000
          if (when.endsWith('dump')) relay.cutAfter(bytes)
          else relay.cutAfterSent(bytes)
          const told = await app.fail(59, ...work())
          assert.match(told, /host\.docker\.internal:\d+ (?:broke|does not answer)|the connection to/)
          relay.mend()
          await app.succeed('recover')
          // What a restore began is no longer there, or is named.
          for (const name of (await databases()).filter((each) => each !== 'shop')) {
            assert.match(told, new RegExp(`${name} may be left`))
            await psql('shop', 'template1', `DROP DATABASE ${name}`)
          }
        })
        const states = await app.states()
        assert.equal(states.filter((state) => state === 'proven').length, proven)
      })
  })

  test('and is lost comes back from repository and key, on an empty machine', async () => {
    await app.succeed('backup')
    const were = await rows()
    const elsewhere = temporaryFolder(cleanup)
    const [repository, keyFile] = [join(elsewhere, 'repository'), join(elsewhere, 'key.txt')]
    const { stdout } = await app.host.muelle('backup', 'key')
    await writeFile(keyFile, stdout)
    await rename(join(app.host.env['MUELLE_HOME'] ?? '', 'backups'), repository)
    await app.succeed('down')
    await psql('postgres', 'postgres', 'DROP DATABASE shop WITH (FORCE)', 'CREATE DATABASE shop OWNER shop')

    const machine = await createHost(cleanup)
    const from = ['--from', repository, '--key-file', keyFile]
    for (const argv of [
      ['backup', 'fetch', ...from, '-C', elsewhere],
      ['up', join(elsewhere, app.project.name)],
      ['backup', 'restore', ...from, '--app', app.project.name, '--confirm', app.project.name],
    ]) {
      const { exitCode, stderr } = await machine.muelle(...argv)
      assert.equal(exitCode, 0, stderr)
    }
    assert.equal(await rows(), were)
  })
})
