import assert from 'node:assert/strict'
import { readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { createShop, type Shop } from '../support/backup-postgres.ts'
import { createHost, lines, suiteCleanup } from '../support/host.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** A database and files that somebody goes on writing to. */
describe('a backup', () => {
  const cleanup = suiteCleanup()
  let shop: Shop

  before(async () => {
    shop = await createShop(cleanup)
    await shop.host.send('not-for-everyone', 'secrets', 'set', 'API_TOKEN', '--app', shop.project.name)
  })

  test('is proven under writes, and brings every row and file back on an empty machine', async () => {
    const writing = new AbortController()
    const written = (async () => {
      // A row is never there before its file.
      for (let n = 1; !writing.signal.aborted; n++) {
        await shop.inMedia(`echo ${n} > /media/of-${n}`)
        await shop.psql(`INSERT INTO item (name) VALUES ('of-${n}')`)
      }
    })()
    const created = await shop.muelle('backup')
    writing.abort()
    await written
    assert.equal(created.exitCode, 0, created.stderr)
    assert.match(created.stderr, /would be lost with it/)
    assert.deepEqual(await shop.states(), ['proven'])
    const last = Number(await shop.psql('SELECT max(id) FROM item'))
    const [rowsWere, filesWere] = [await shop.rows('1000000'), await shop.files()]

    // All that is left is the repository and the key.
    const elsewhere = temporaryFolder(cleanup)
    const [repository, keyFile] = [join(elsewhere, 'repository'), join(elsewhere, 'key.txt')]
    await writeFile(keyFile, await shop.succeed('backup', 'key'))
    await rename(join(shop.host.env['MUELLE_HOME'] ?? '', 'backups'), repository)
    await shop.succeed('down', '--volumes', '--confirm', shop.project.name)
    shop.host = await createHost(cleanup)
    const from = ['--from', repository, '--key-file', keyFile]
    const fetched = await shop.host.muelle('backup', 'fetch', ...from, '-C', elsewhere)
    assert.equal(fetched.exitCode, 0, fetched.stderr)
    const again = await shop.host.muelle('up', join(elsewhere, shop.project.name))
    assert.equal(again.exitCode, 0, again.stderr)
    await shop.fail(43, 'backup', 'restore', ...from)
    await shop.succeed('backup', 'restore', ...from, '--confirm', shop.project.name)
    assert.match(await shop.succeed('secrets', 'ls'), /^API_TOKEN /m)

    const restored = Number(await shop.psql('SELECT max(id) FROM item'))
    assert.ok(restored >= 20_000 && restored <= last, `${restored} of ${last}`)
    const until = rowsWere.split('\n').filter((line) => !(Number(line.split('\t')[0]) > restored))
    assert.deepEqual(lines(await shop.rows('1000000')), until)
    const filesAre = await shop.files()
    assert.deepEqual(
      filesAre.filter((line) => !filesWere.includes(line)),
      [],
    )
    const needed = lines(await shop.psql("SELECT name FROM item WHERE name LIKE 'of-%'"))
    const missing = ['a b/photo 1.jpg', 'y.txt', ...needed].filter(
      (name) => !filesAre.some((line) => line.endsWith(`./${name}`)),
    )
    assert.deepEqual(missing, [])
    assert.equal(await shop.psql("SELECT nextval('item_id_seq') > (SELECT max(id) FROM item)"), 't')
    assert.match((await shop.host.get(shop.project.domain)).body, /^v1 /)
    assert.deepEqual(await shop.leftovers(), [])
  })

  test('keeps what served before a restore until somebody is sure', async () => {
    await shop.succeed('backup')
    await shop.psql("UPDATE item SET name = 'after ' || id")
    await shop.succeed('backup', 'restore', '--only', 'db', '--confirm', shop.project.name)
    assert.equal(await shop.psql("SELECT count(*) FROM item WHERE name LIKE 'after %'"), '0')
    const names = await shop.psql(
      "SELECT datname FROM pg_database WHERE datname LIKE 'shop_before%' ORDER BY 1",
    )
    assert.equal(lines(names).length, 2)
    await shop.succeed('backup', 'confirm')
    assert.equal(await shop.psql("SELECT count(*) FROM pg_database WHERE datname LIKE 'shop_%'"), '0')
  })

  test('in whose restore Muelle is killed leaves the old databases or the new, and visitors in', async () => {
    const count = 'SELECT count(*) FROM item'
    const whole = await shop.psql(count)
    await shop.psql('DELETE FROM item WHERE id > 10000')
    const rest = await shop.psql(count)
    for (const [step, rows] of [
      [4, rest],
      [7, whole],
    ] as const) {
      await shop.killAfter(`[${step - 1}/11]`, 'backup', 'restore', '--confirm', shop.project.name)
      await shop.succeed('recover')
      const found = await shop.psql(count)
      assert.ok(found === rows || (step === 7 && found === rest), `${found} rows`)
      assert.equal((await shop.host.get(shop.project.domain)).status, 200)
      assert.equal(
        await shop.psql("SELECT count(*) FROM pg_database WHERE datname LIKE 'shop_restore%'"),
        '0',
      )
      assert.deepEqual(await shop.leftovers(), [])
    }
  })

  test('that was proven later takes the place of those that need not be kept', async () => {
    const [before] = await shop.provenPoints()
    await shop.succeed('backup')
    const proven = await shop.provenPoints()
    assert.equal(proven.length, 1)
    assert.notEqual(proven[0], before)
    const snapshots = await readdir(join(shop.host.env['MUELLE_HOME'] ?? '', 'backups', 'snapshots'))
    assert.equal(snapshots.length, 1)
  })
})
