import assert from 'node:assert/strict'
import { open, readdir, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { createHost, docker, type Host, lines, type Run, suiteCleanup } from '../support/host.ts'
import { type ComposeDraft, createProject, type Project } from '../support/project.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** A database and files that somebody goes on writing to. */
describe('a backup', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project
  let directory: string

  const withData = (file: ComposeDraft): void => {
    file.services['web'] = { ...file.services['web'], volumes: ['media:/media'] }
    file.services['db'] = {
      image: 'postgres:15',
      environment: { POSTGRES_USER: 'shop', POSTGRES_PASSWORD: 'hush-hush-hush', POSTGRES_DB: 'shop' },
      volumes: ['pgdata:/var/lib/postgresql/data'],
    }
    file['volumes'] = { pgdata: {}, media: {} }
    const keep = { last: 1, daily: 0, weekly: 0, monthly: 0 }
    file['x-muelle'] = { ...file['x-muelle'], backups: { keep } }
  }
  const muelle = (...argv: string[]): Promise<Run> => host.muelle(...argv, '--app', project.name)
  const succeed = async (...argv: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await muelle(...argv)
    assert.equal(exitCode, 0, stderr)
    return stdout
  }
  const fail = async (exitCode: number, ...argv: string[]): Promise<string> => {
    const run = await muelle(...argv)
    assert.equal(run.exitCode, exitCode, run.stderr)
    return run.stderr
  }
  const server = (): string => `${project.name}-db-1`
  const psql = async (...statements: string[]): Promise<string> => {
    const commands = statements.flatMap((text) => ['-c', text])
    const argv = ['exec', server(), 'psql', '-h', '127.0.0.1', '-U', 'shop', '-v', 'ON_ERROR_STOP=1', '-Atq']
    const { exitCode, stdout, stderr } = await execa('docker', [...argv, ...commands], { reject: false })
    assert.equal(exitCode, 0, stderr)
    return stdout
  }
  const inMedia = (script: string): Promise<string> =>
    docker('run', '--rm', '--volume', `${project.name}_media:/media`, 'python:3.11-slim', 'sh', '-c', script)
  /** Every row up to one, as it is, and what belongs to the table. */
  const rows = (upTo: string): Promise<string> =>
    psql(
      `COPY (SELECT * FROM item WHERE id <= ${upTo} ORDER BY id) TO STDOUT`,
      'COPY (SELECT * FROM django_migrations ORDER BY id) TO STDOUT',
      'SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1',
    )
  const files = async (): Promise<string[]> =>
    lines(await inMedia('cd /media && find . -type f -exec sha256sum {} + | sort -k 2'))
  const points = async (): Promise<{ point: string; state: string }[]> =>
    JSON.parse(await succeed('backup', 'ls', '--json'))
  const states = async (): Promise<string[]> => (await points()).map(({ state }) => state)
  const provenPoints = async (): Promise<string[]> =>
    (await points()).filter(({ state }) => state === 'proven').map(({ point }) => point)
  const leftovers = async (): Promise<string[]> => {
    const label = [
      '--filter',
      `label=org.muelle.app=${project.name}`,
      '--filter',
      'label=org.muelle.role=backup',
    ]
    const containers = lines(await docker('ps', '--all', '--quiet', ...label))
    return [
      ...containers,
      ...lines(await docker('volume', 'ls', '--quiet', '--filter', `name=${project.name}_muelle`)),
    ]
  }
  /** Until something of a command that runs is to be seen. */
  const until = async (seen: () => Promise<boolean>): Promise<void> => {
    for (let attempt = 0; attempt < 300; attempt++) {
      if (await seen()) return
      await sleep(50)
    }
    assert.fail('it did not come')
  }

  /** Kills a command in the middle of the step after the one whose end it tells. */
  const killAfter = async (told: string, ...argv: string[]): Promise<void> => {
    const running = host.start(...argv, '--app', project.name)
    let seen = ''
    running.stderr.on('data', (data: Buffer) => {
      seen += String(data)
    })
    await until(async () => seen.includes(told))
    await sleep(500)
    running.kill('SIGKILL')
    await running
  }

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    await project.write('v1', withData)
    directory = project.directory
    const { exitCode, stderr } = await host.muelle('up', project.directory)
    assert.equal(exitCode, 0, stderr)
    await host.send('not-for-everyone', 'secrets', 'set', 'API_TOKEN', '--app', project.name)
    await psql(
      'CREATE TABLE item (id serial PRIMARY KEY, name text UNIQUE, price numeric, made timestamptz DEFAULT now(), raw bytea)',
      "INSERT INTO item (name, price, raw) SELECT 'ñandú ' || n, n / 7.0, decode(md5(n::text), 'hex') FROM generate_series(1, 20000) n",
      'CREATE TABLE django_migrations (id serial PRIMARY KEY, app text, name text)',
      "INSERT INTO django_migrations (app, name) VALUES ('shop', '0001_initial'), ('shop', '0002_item')",
    )
    await inMedia(
      'mkdir "/media/a b" && head -c 3000000 /dev/urandom > "/media/a b/photo 1.jpg" && echo x > /media/y.txt',
    )
  })

  test('is proven under writes, and brings every row and file back on an empty machine', async () => {
    const writing = new AbortController()
    const written = (async () => {
      // A row is never there before its file.
      for (let n = 1; !writing.signal.aborted; n++) {
        await inMedia(`echo ${n} > /media/of-${n}`)
        await psql(`INSERT INTO item (name) VALUES ('of-${n}')`)
      }
    })()
    const created = await muelle('backup')
    writing.abort()
    await written
    assert.equal(created.exitCode, 0, created.stderr)
    assert.match(created.stderr, /would be lost with it/)
    assert.deepEqual(await states(), ['proven'])
    const last = Number(await psql('SELECT max(id) FROM item'))
    const [rowsWere, filesWere] = [await rows('1000000'), await files()]

    // All that is left is the repository and the key.
    const elsewhere = temporaryFolder(cleanup)
    const [repository, keyFile] = [join(elsewhere, 'repository'), join(elsewhere, 'key.txt')]
    await writeFile(keyFile, (await succeed('backup', 'key')).split('\n')[0] ?? '')
    await rename(join(host.env['MUELLE_HOME'] ?? '', 'backups'), repository)
    await succeed('down', '--volumes', '--confirm', project.name)
    host = await createHost(cleanup)
    const from = ['--from', repository, '--key-file', keyFile]
    const fetched = await host.muelle('backup', 'fetch', ...from, '-C', elsewhere)
    assert.equal(fetched.exitCode, 0, fetched.stderr)
    directory = join(elsewhere, project.name)
    const again = await host.muelle('up', directory)
    assert.equal(again.exitCode, 0, again.stderr)
    await fail(43, 'backup', 'restore', ...from)
    await succeed('backup', 'restore', ...from, '--confirm', project.name)
    assert.match(await succeed('secrets', 'ls'), /^API_TOKEN /m)

    const restored = Number(await psql('SELECT max(id) FROM item'))
    assert.ok(restored >= 20_000 && restored <= last, `${restored} of ${last}`)
    const until = rowsWere.split('\n').filter((line) => !(Number(line.split('\t')[0]) > restored))
    assert.deepEqual(lines(await rows('1000000')), until)
    const filesAre = await files()
    assert.deepEqual(
      filesAre.filter((line) => !filesWere.includes(line)),
      [],
    )
    const needed = lines(await psql("SELECT name FROM item WHERE name LIKE 'of-%'"))
    const missing = ['a b/photo 1.jpg', 'y.txt', ...needed].filter(
      (name) => !filesAre.some((line) => line.endsWith(`./${name}`)),
    )
    assert.deepEqual(missing, [])
    assert.equal(await psql("SELECT nextval('item_id_seq') > (SELECT max(id) FROM item)"), 't')
    assert.match((await host.get(project.domain)).body, /^v1 /)
    assert.deepEqual(await leftovers(), [])
  })

  test('keeps what served before a restore until somebody is sure', async () => {
    await succeed('backup')
    await psql("UPDATE item SET name = 'after ' || id")
    await succeed('backup', 'restore', '--only', 'db', '--confirm', project.name)
    assert.equal(await psql("SELECT count(*) FROM item WHERE name LIKE 'after %'"), '0')
    const names = await psql("SELECT datname FROM pg_database WHERE datname LIKE 'shop_before%' ORDER BY 1")
    assert.equal(lines(names).length, 2)
    await succeed('backup', 'confirm')
    assert.equal(await psql("SELECT count(*) FROM pg_database WHERE datname LIKE 'shop_%'"), '0')
  })

  test('of which the dump breaks off half-way is none', async () => {
    const lock = execa(
      'docker',
      ['exec', '--interactive', server(), 'psql', '-h', '127.0.0.1', '-U', 'shop'],
      {
        input: 'BEGIN; LOCK TABLE item IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(60);',
        reject: false,
      },
    )
    const running = muelle('backup')
    const ofDump = "FROM pg_stat_activity WHERE application_name = 'pg_dump'"
    await until(
      async () => (await psql(`SELECT count(*) > 0 ${ofDump} AND wait_event_type = 'Lock'`)) === 't',
    )
    // Who works on the app meanwhile is told what is under way.
    assert.match(await fail(40, 'backup'), /Another backup of .* is running \(process \d+\)/)
    assert.match((await host.muelle('up', directory)).stderr, /LOCKED: Another backup of/)
    await psql(`SELECT pg_terminate_backend(pid) ${ofDump}`)
    const { exitCode, stderr } = await running
    await psql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()",
    )
    await lock
    assert.equal(exitCode, 51, stderr)
    assert.deepEqual((await states())[0], 'failed')
    assert.deepEqual(await leftovers(), [])
  })

  test('of a table that cannot be read is none', async () => {
    await psql(
      'CREATE ROLE boss SUPERUSER LOGIN',
      'CREATE TABLE hidden (id int)',
      'ALTER TABLE hidden OWNER TO boss',
    )
    await psql('ALTER ROLE shop NOSUPERUSER')
    const stderr = await fail(51, 'backup')
    assert.match(stderr, /permission denied/)
    await docker(
      'exec',
      server(),
      'psql',
      '-U',
      'boss',
      'shop',
      '-c',
      'ALTER ROLE shop SUPERUSER',
      '-c',
      'DROP TABLE hidden',
    )
    assert.deepEqual((await states())[0], 'failed')
  })

  test('for which the disk has no room is refused before it takes what is left', async () => {
    const { exitCode, stderr } = await host.startWith(
      { MUELLE_MIN_FREE_MB: '999999999' },
      ...['backup', '--app', project.name],
    )
    assert.equal(exitCode, 23, stderr)
    assert.deepEqual(await leftovers(), [])
  })

  test('that does not come back is not proven, whatever its dump said', async () => {
    // A restore has no search path, so the view's function does not find its table.
    await psql(
      "CREATE FUNCTION items() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM item'",
      'CREATE MATERIALIZED VIEW counted AS SELECT items()',
    )
    const [newest] = await provenPoints()
    assert.match(await fail(52, 'backup'), /relation "item" does not exist/)
    assert.equal((await states())[0], 'failed')
    assert.deepEqual(await leftovers(), [])
    await psql('DROP MATERIALIZED VIEW counted', 'DROP FUNCTION items')
    assert.deepEqual(await provenPoints(), [newest])
  })

  test('that was killed is none, and the next command clears up', async () => {
    const known = await provenPoints()
    for (const step of [2, 3]) await killAfter(`[${step - 1}/4]`, 'backup')
    await succeed('recover')
    assert.deepEqual(await provenPoints(), known)
    assert.ok((await states()).every((state) => state === 'proven' || state === 'failed'))
    assert.deepEqual(await leftovers(), [])
  })

  test('whose repository has one byte changed is not proven any more', async () => {
    const folder = join(host.env['MUELLE_HOME'] ?? '', 'backups', 'data')
    const packs = await packsOf(folder)
    for (const pack of packs) await flipByte(pack)
    const [point = ''] = await provenPoints()
    const stderr = await fail(52, 'backup', 'drill', point)
    assert.match(stderr, /is damaged/)
    assert.deepEqual(await provenPoints(), [])
    await fail(53, 'backup', 'restore', '--confirm', project.name)
    for (const pack of packs) await flipByte(pack)
    await succeed('backup', 'drill', point)
    assert.deepEqual(await provenPoints(), [point])
  })

  test('in whose restore Muelle is killed leaves the old databases or the new, and visitors in', async () => {
    const count = 'SELECT count(*) FROM item'
    const whole = await psql(count)
    await psql('DELETE FROM item WHERE id > 10000')
    const rest = await psql(count)
    for (const [step, rows] of [
      [4, rest],
      [7, whole],
    ] as const) {
      await killAfter(`[${step - 1}/11]`, 'backup', 'restore', '--confirm', project.name)
      await succeed('recover')
      const found = await psql(count)
      assert.ok(found === rows || (step === 7 && found === rest), `${found} rows`)
      assert.equal((await host.get(project.domain)).status, 200)
      assert.equal(await psql("SELECT count(*) FROM pg_database WHERE datname LIKE 'shop_restore%'"), '0')
      assert.deepEqual(await leftovers(), [])
    }
  })

  test('is refused with another key than the repository was made with', async () => {
    const file = join(host.env['MUELLE_HOME'] ?? '', 'backup.key')
    const key = (await succeed('backup', 'key')).split('\n')[0] ?? ''
    await writeFile(file, 'another\n')
    await fail(55, 'backup')
    await writeFile(file, `${key}\n`)
  })

  test('that was proven later takes the place of those that need not be kept', async () => {
    const [before] = await provenPoints()
    await succeed('backup')
    const proven = await provenPoints()
    assert.equal(proven.length, 1)
    assert.notEqual(proven[0], before)
    const snapshots = await readdir(join(host.env['MUELLE_HOME'] ?? '', 'backups', 'snapshots'))
    assert.equal(snapshots.length, 1)
  })
})

async function packsOf(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true })
  const paths = names.map((name) => join(folder, name))
  const files: string[] = []
  for (const path of paths) if ((await stat(path)).isFile()) files.push(path)
  return files
}

/** Twice is as before. */
async function flipByte(path: string): Promise<void> {
  const file = await open(path, 'r+')
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, 40)
  await file.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, 40)
  await file.close()
}
