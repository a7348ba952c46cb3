import assert from 'node:assert/strict'
import { open, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { execa } from 'execa'
import { until } from '../support/backup.ts'
import { createShop, type Shop } from '../support/backup-postgres.ts'
import { docker, suiteCleanup } from '../support/host.ts'

describe('a backup', () => {
  const cleanup = suiteCleanup()
  let shop: Shop

  before(async () => {
    shop = await createShop(cleanup)
    await shop.succeed('backup')
  })

  test('of which the dump breaks off half-way is none', async () => {
    const lock = execa(
      'docker',
      ['exec', '--interactive', shop.server, 'psql', '-h', '127.0.0.1', '-U', 'shop'],
      {
        input: 'BEGIN; LOCK TABLE item IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(60);',
        reject: false,
      },
    )
    const running = shop.muelle('backup')
    const ofDump = "FROM pg_stat_activity WHERE application_name = 'pg_dump'"
    await until(
      async () => (await shop.psql(`SELECT count(*) > 0 ${ofDump} AND wait_event_type = 'Lock'`)) === 't',
    )
    // Who works on the app meanwhile is told what is under way.
    assert.match(await shop.fail(40, 'backup'), /Another backup of .* is running \(process \d+\)/)
    assert.match((await shop.host.muelle('up', shop.project.directory)).stderr, /LOCKED: Another backup of/)
    await shop.psql(`SELECT pg_terminate_backend(pid) ${ofDump}`)
    const { exitCode, stderr } = await running
    await shop.psql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()",
    )
    await lock
    assert.equal(exitCode, 51, stderr)
    assert.deepEqual((await shop.states())[0], 'failed')
    assert.deepEqual(await shop.leftovers(), [])
  })

  test('of a table that cannot be read is none', async () => {
    await shop.psql(
      'CREATE ROLE boss SUPERUSER LOGIN',
      'CREATE TABLE hidden (id int)',
      'ALTER TABLE hidden OWNER TO boss',
    )
    await shop.psql('ALTER ROLE shop NOSUPERUSER')
    const stderr = await shop.fail(51, 'backup')
    assert.match(stderr, /permission denied/)
    await docker(
      'exec',
      shop.server,
      'psql',
      '-U',
      'boss',
      'shop',
      '-c',
      'ALTER ROLE shop SUPERUSER',
      '-c',
      'DROP TABLE hidden',
    )
    assert.deepEqual((await shop.states())[0], 'failed')
  })

  test('for which the disk has no room is refused before it takes what is left', async () => {
    const { exitCode, stderr } = await shop.host.startWith(
      { MUELLE_MIN_FREE_MB: '999999999' },
      ...['backup', '--app', shop.project.name],
    )
    assert.equal(exitCode, 23, stderr)
    assert.deepEqual(await shop.leftovers(), [])
  })

  test('that does not come back is not proven, whatever its dump said', async () => {
    // A restore has no search path, so the view's function does not find its table.
    await shop.psql(
      "CREATE FUNCTION items() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM item'",
      'CREATE MATERIALIZED VIEW counted AS SELECT items()',
    )
    const [newest] = await shop.provenPoints()
    assert.match(await shop.fail(52, 'backup'), /relation "item" does not exist/)
    assert.equal((await shop.states())[0], 'failed')
    assert.deepEqual(await shop.leftovers(), [])
    await shop.psql('DROP MATERIALIZED VIEW counted', 'DROP FUNCTION items')
    assert.deepEqual(await shop.provenPoints(), [newest])
  })

  test('that was killed is none, and the next command clears up', async () => {
    const known = await shop.provenPoints()
    for (const step of [2, 3]) await shop.killAfter(`[${step - 1}/4]`, 'backup')
    await shop.succeed('recover')
    assert.deepEqual(await shop.provenPoints(), known)
    assert.ok((await shop.states()).every((state) => state === 'proven' || state === 'failed'))
    assert.deepEqual(await shop.leftovers(), [])
  })

  test('whose repository has one byte changed is not proven any more', async () => {
    const folder = join(shop.host.env['MUELLE_HOME'] ?? '', 'backups', 'data')
    const packs = await packsOf(folder)
    for (const pack of packs) await flipByte(pack)
    const [point = ''] = await shop.provenPoints()
    const stderr = await shop.fail(52, 'backup', 'drill', point)
    assert.match(stderr, /is damaged/)
    assert.deepEqual(await shop.provenPoints(), [])
    await shop.fail(53, 'backup', 'restore', '--confirm', shop.project.name)
    for (const pack of packs) await flipByte(pack)
    await shop.succeed('backup', 'drill', point)
    assert.deepEqual(await shop.provenPoints(), [point])
  })

  test('is refused with another key than the repository was made with', async () => {
    const file = join(shop.host.env['MUELLE_HOME'] ?? '', 'backup.key')
    const key = (await shop.succeed('backup', 'key')).split('\n')[0] ?? ''
    await writeFile(file, 'another\n')
    await shop.fail(55, 'backup')
    await writeFile(file, `${key}\n`)
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
