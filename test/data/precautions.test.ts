import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { execa } from 'execa'
import { createHost, docker, type Host, lines, type Run, suiteCleanup } from '../support/host.ts'
import { type ComposeDraft, createProject, type Project } from '../support/project.ts'

/** Runs what it is given on the app's database, as a migration would: one transaction, unless it says otherwise. */
const migrate = `
import os, sys
import psycopg2

statement = open('/app/migration.sql').read()
connection = psycopg2.connect(os.environ['DATABASE_URL'])
connection.autocommit = statement.startswith('--autocommit')
with connection.cursor() as cursor:
    if statement.strip():
        cursor.execute(statement)
if not connection.autocommit:
    connection.commit()
print('migrated', os.environ.get('MUELLE_REHEARSAL', ''))
`

describe('before the release commands', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project

  const file = (settings: Record<string, unknown>) => (draft: ComposeDraft) => {
    draft.services['web'] = {
      ...draft.services['web'],
      environment: { DATABASE_URL: 'postgres://shop:hush-hush-hush@db:5432/shop' },
      volumes: ['media:/media'],
    }
    draft.services['db'] = {
      image: 'postgres:15',
      environment: { POSTGRES_USER: 'shop', POSTGRES_PASSWORD: 'hush-hush-hush', POSTGRES_DB: 'shop' },
      volumes: ['pgdata:/var/lib/postgresql/data'],
    }
    draft['volumes'] = { pgdata: {}, media: {} }
    draft['x-muelle'] = { ...draft['x-muelle'], release: ['python migrate.py'], ...settings }
  }
  let versions = 0
  /** The next version, whose release command runs a migration. */
  const write = async (migration: string, settings: Record<string, unknown>): Promise<void> => {
    await project.write(`v${++versions}`, file(settings))
    await project.writeFile('migrate.py', migrate)
    await project.writeFile('migration.sql', migration)
    await project.writeFile(
      'Dockerfile',
      'FROM python:3.11-slim\nWORKDIR /app\nCOPY . ./\nCMD ["python", "-u", "server.py"]\n',
    )
  }
  const muelle = (...argv: string[]): Promise<Run> => host.muelle(...argv, '--app', project.name)
  const up = (...argv: string[]): Promise<Run> => host.muelle('up', project.directory, ...argv)
  const psql = async (...statements: string[]): Promise<string> => {
    const commands = statements.flatMap((text) => ['-c', text])
    const argv = ['exec', `${project.name}-db-1`, 'psql', '-h', '127.0.0.1', '-U', 'shop']
    const { exitCode, stdout, stderr } = await execa(
      'docker',
      [...argv, '-v', 'ON_ERROR_STOP=1', '-Atq', ...commands],
      { reject: false },
    )
    assert.equal(exitCode, 0, stderr)
    return stdout
  }
  const columns = (): Promise<string> =>
    psql(
      "SELECT string_agg(column_name || ' ' || data_type, ', ' ORDER BY ordinal_position) FROM information_schema.columns WHERE table_name = 'item'",
    )
  const points = async (): Promise<{ point: string; state: string }[]> =>
    JSON.parse((await muelle('backup', 'ls', '--json')).stdout)
  const releases = async (): Promise<
    { number: number; state: string; restorePoint: string | null; allowed: string[] }[]
  > => JSON.parse((await muelle('releases', '--json')).stdout)
  const version = async (): Promise<string> => (await host.get(project.domain)).body.split(' ')[0] ?? ''
  const leftovers = async (): Promise<string[]> => {
    const of = (role: string) => ['--filter', `label=org.muelle.role=${role}`]
    const app = ['--filter', `label=org.muelle.app=${project.name}`]
    return [
      ...lines(await docker('ps', '--all', '--quiet', ...app, ...of('backup'))),
      ...lines(await docker('ps', '--all', '--quiet', ...app, ...of('rehearsal'))),
      ...lines(await docker('volume', 'ls', '--quiet', '--filter', `name=${project.name}_muelle`)),
      ...lines(await docker('network', 'ls', '--quiet', '--filter', `name=${project.name}_muelle`)),
    ]
  }
  const succeeds = async (running: Promise<Run>): Promise<string> => {
    const { exitCode, stderr } = await running
    assert.equal(exitCode, 0, stderr)
    return stderr
  }
  const fails = async (code: number, running: Promise<Run>): Promise<string> => {
    const { exitCode, stderr } = await running
    assert.equal(exitCode, code, stderr)
    return stderr
  }
  /** What nobody has touched is exactly as it was. */
  const untouched = async (work: () => Promise<void>): Promise<void> => {
    const [columnsWere, rowsWere, versionWas] = [
      await columns(),
      await psql('SELECT count(*), sum(id) FROM item'),
      await version(),
    ]
    await work()
    assert.equal(await columns(), columnsWere)
    assert.equal(await psql('SELECT count(*), sum(id) FROM item'), rowsWere)
    assert.equal(await version(), versionWas)
    assert.deepEqual(await leftovers(), [])
  }

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    await write('CREATE TABLE item (id serial PRIMARY KEY, name text)', { backups: {} })
  })

  test('of the first deployment there is nothing to keep', async () => {
    assert.match(await succeeds(up()), /No restore point is needed: the databases are empty/)
    assert.deepEqual(await points(), [])
    await psql("INSERT INTO item (name) SELECT 'item ' || n % 1000 FROM generate_series(1, 400000) n")
  })

  test('a restore point is made and proven, and the release is on record with it', async () => {
    await write('ALTER TABLE item ADD COLUMN price numeric', { backups: {} })
    const planned = await host.muelle('plan', project.directory)
    assert.match(planned.stdout, /Begin restore point \d{8}-\d{6}, unless.*\n.*Dump.*\n.*Keep.*\n.*compare/)
    await succeeds(up())
    const [made, ...others] = await points()
    assert.deepEqual([made?.state, others], ['proven', []])
    const [live] = await releases()
    assert.deepEqual([live?.state, live?.restorePoint], ['live', made?.point])
    assert.equal(await columns(), 'id integer, name text, price numeric')
    assert.deepEqual(await leftovers(), [])
  })

  test('a restore point that is young enough will do', async () => {
    await write('', { backups: { reuse: '1h' } })
    const [known] = await points()
    assert.match(await succeeds(up()), /which is young enough/)
    assert.equal((await points()).length, 1)
    assert.equal((await releases())[0]?.restorePoint, known?.point)
  })

  test('a backup that fails stops the deployment before anything is touched; --no-backup overrides', async () => {
    await write('ALTER TABLE item ADD COLUMN never int', { backups: {} })
    await psql('CREATE ROLE boss SUPERUSER LOGIN', 'CREATE TABLE hidden (id int)')
    await psql('ALTER TABLE hidden OWNER TO boss')
    await psql('ALTER ROLE shop NOSUPERUSER')
    await untouched(async () => {
      const stderr = await fails(51, up())
      assert.match(stderr, /permission denied.*hidden/)
      assert.match(stderr, /muelle up --no-backup/)
    })
    await write('ALTER TABLE item ADD COLUMN wanted int', { backups: {} })
    await succeeds(up('--no-backup'))
    assert.match(await columns(), /wanted/)
    assert.deepEqual((await releases())[0]?.allowed, ['no-backup'])
    await docker(
      'exec',
      `${project.name}-db-1`,
      'psql',
      '-U',
      'boss',
      'shop',
      '-c',
      'ALTER ROLE shop SUPERUSER',
    )
    await psql('DROP TABLE hidden')
  })

  test('a migration that fails on real rows never reaches them', async () => {
    const settings = { backups: { rehearse: true } }
    for (const [migration, told] of [
      [
        'ALTER TABLE item ADD COLUMN sku text NOT NULL',
        /column "sku" of relation "item" contains null values/,
      ],
      ['ALTER TABLE item ADD CONSTRAINT one UNIQUE (name)', /could not create unique index "one"/],
    ] as const) {
      await write(migration, settings)
      await untouched(async () => {
        const stderr = await fails(57, up())
        assert.match(stderr, told)
      })
      // On the empty tables of a test database it works.
      await psql(
        'CREATE TABLE twin (LIKE item INCLUDING ALL)',
        migration.replace('item', 'twin'),
        'DROP TABLE twin',
      )
    }
    // What was made for it stays, and is proven.
    assert.equal((await points())[0]?.state, 'proven')
  })

  test('a migration that locks a busy table for too long never reaches it', async () => {
    const settings = { backups: { rehearse: true, max_lock: '0s', reuse: '1h' } }
    for (const [migration, what, advice] of [
      [
        'CREATE INDEX item_name ON item (name)',
        /item \(400000 rows\): writing waits \d+\.\d s/,
        /CONCURRENTLY/,
      ],
      [
        'ALTER TABLE item ALTER COLUMN id TYPE bigint',
        /item \(400000 rows\): reading and writing waits \d+\.\d s/,
        /add a column/,
      ],
    ] as const) {
      await write(migration, settings)
      await untouched(async () => {
        const stderr = await fails(58, up())
        assert.match(stderr, what)
        assert.match(stderr, advice)
        assert.match(stderr, /lock_timeout/)
      })
    }
  })

  test('a migration that the live release cannot write with is told, and what to write instead', async () => {
    const migration = 'ALTER TABLE item ADD COLUMN sku text NOT NULL DEFAULT 1'
    const settings = { backups: { rehearse: true, reuse: '1h' } }
    await write(`${migration}; ALTER TABLE item ALTER COLUMN sku DROP DEFAULT, DROP COLUMN name`, settings)
    await untouched(async () => {
      const { exitCode, stdout, stderr } = await host.muelle('rehearse', project.directory)
      assert.equal(exitCode, 0, stderr)
      assert.match(stdout, /cannot add rows to item: it gives sku no value/)
      assert.match(stdout, /asks for item\.name, which is gone/)
    })
  })

  test('is rehearsed by hand, without a deployment', async () => {
    await write('--autocommit\nCREATE INDEX CONCURRENTLY item_name ON item (name)', { backups: {} })
    await untouched(async () => {
      const { exitCode, stdout, stderr } = await host.muelle('rehearse', project.directory)
      assert.equal(exitCode, 0, stderr)
      assert.match(stdout, /On a copy of \d{8}-\d{6}, python migrate.py took \d+\.\d s\./)
      assert.match(stdout, /No table is locked for long enough to be noticed/)
    })
    const images = await docker('images', '--format', '{{.Tag}}', `${project.name}-web`)
    assert.ok(!lines(images).includes(`r${Math.max(...(await releases()).map(({ number }) => number)) + 1}`))
    await write('ALTER TABLE item ALTER COLUMN id TYPE bigint', { backups: {} })
    await untouched(async () => {
      const { exitCode, stdout } = await host.muelle('rehearse', project.directory, '--json')
      assert.equal(exitCode, 0)
      const { commands, locks } = JSON.parse(stdout)
      assert.equal(commands[0].succeeded, true)
      assert.ok(
        locks.some((lock: { table: string; heldMs: number }) => lock.table === 'item' && lock.heldMs > 0),
      )
    })
  })

  test('a release that fails after its commands gets the data back, where the file says so [C8]', async () => {
    const settings = { backups: {}, on_failure: 'restore', deploy_timeout: '3s' }
    const [columnsWere, versionWas] = [await columns(), await version()]
    const count = await psql('SELECT count(*) FROM item')
    await write('ALTER TABLE item DROP COLUMN name; DELETE FROM item WHERE id % 2 = 0', settings)
    await project.writeFile('server.py', "import sys\nsys.exit('cannot start')\n")
    const stderr = await fails(34, up())
    assert.match(stderr, /the file says on_failure: restore/)
    assert.match(stderr, /The data goes back to \d{8}-\d{6} \(20/)
    assert.equal(await columns(), columnsWere)
    assert.equal(await psql('SELECT count(*) FROM item'), count)
    assert.equal(await version(), versionWas)
    assert.deepEqual(await leftovers(), [])
    // Nothing is gone: what the failed release left is kept until somebody is sure.
    const kept = await psql("SELECT count(*) FROM pg_database WHERE datname LIKE 'shop_before%'")
    assert.equal(kept, '1')
    await succeeds(muelle('backup', 'confirm'))
  })

  test('Muelle may be killed between the failure and the restore, and the next command makes it good [C8]', async () => {
    const settings = { backups: {}, on_failure: 'restore', deploy_timeout: '60s' }
    const columnsWere = await columns()
    await write('ALTER TABLE item DROP COLUMN name', settings)
    await project.writeFile('server.py', 'import time\ntime.sleep(600)\n')
    const running = host.start('up', project.directory)
    let seen = ''
    running.stderr.on('data', (data: Buffer) => {
      seen += String(data)
    })
    for (let attempt = 0; attempt < 1200 && !seen.includes('Run python migrate.py: '); attempt++)
      await new Promise((resolve) => setTimeout(resolve, 50))
    running.kill('SIGKILL')
    await running
    assert.equal((await columns()).includes('name'), false)
    await succeeds(muelle('recover'))
    assert.equal(await columns(), columnsWere)
    assert.deepEqual(await leftovers(), [])
    await succeeds(muelle('backup', 'confirm'))
  })

  test('a rollback takes the data along only when somebody has read what that means [C7]', async () => {
    const columnsWere = await columns()
    const [before] = (await releases()).filter(({ state }) => state === 'live')
    await write('ALTER TABLE item ADD COLUMN later int', { backups: {} })
    await succeeds(up())
    await psql("INSERT INTO item (name) VALUES ('written since')")
    const asked = await fails(43, muelle('rollback', '--with-data'))
    assert.match(asked, new RegExp(`to release ${before?.number} and its data to 20.*Z, \\d+ min ago`))
    assert.match(await columns(), /later/)
    const stderr = await succeeds(muelle('rollback', '--with-data', '--confirm', project.name))
    assert.match(stderr, /Swap the databases by name/)
    assert.equal(await columns(), columnsWere)
    assert.equal(await psql("SELECT count(*) FROM item WHERE name = 'written since'"), '0')
    assert.equal((await releases()).find(({ state }) => state === 'live')?.number, before?.number)
    const { status } = await host.get(project.domain)
    assert.equal(status, 200)
    assert.deepEqual(await leftovers(), [])
    await succeeds(muelle('backup', 'confirm'))
  })

  test('the rehearsal reaches nothing of production', async () => {
    await write('', { backups: { rehearse: true, reuse: '1h' } })
    await untouched(async () => {
      const reach = [
        'import os, socket, sys',
        'socket.setdefaulttimeout(2)',
        'def reaches(name):',
        '    try:',
        '        return bool(socket.create_connection((name, 5432)))',
        '    except OSError:',
        '        return False',
        `reached = [name for name in ('db', '${project.name}-db-1', '192.0.2.1') if reaches(name)]`,
        "if reached != ['db']: sys.exit('reaches ' + ' and '.join(reached))",
      ]
      await project.writeFile('migrate.py', reach.join('\n'))
      const stderr = await fails(32, up())
      assert.match(stderr, /Rehearse on the copy: python migrate.py: \d/)
      assert.match(stderr, new RegExp(`reaches db and ${project.name}-db-1`))
    })
  })
})
