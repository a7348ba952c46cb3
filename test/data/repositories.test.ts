import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../support/backup.ts'
import { createShop, type Shop } from '../support/backup-postgres.ts'
import {
  type BackupServer,
  type SftpServer,
  startRestServer,
  startS3Server,
  startSftpServer,
} from '../support/backup-servers.ts'
import { createHost, lines, suiteCleanup } from '../support/host.ts'
import { filesWith, watchProcesses } from '../support/planted.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** KiB a second, so that there is a middle in which a connection can be cut. */
const limit = 1000

for (const { kind, startServer } of [
  { kind: 'REST', startServer: startRestServer },
  { kind: 'SFTP', startServer: startSftpServer },
] as const)
  describe(`a repository on a server of ${kind}`, () => {
    const cleanup = suiteCleanup()
    let server: BackupServer
    let shop: Shop

    before(async () => {
      server = await startServer(cleanup)
      shop = await createShop(cleanup, { to: server.location, limit })
      await shop.inMedia('head -c 12000000 /dev/urandom > /media/film.mp4')
    })

    test('is made only by whom its server lets in', async () => {
      if (kind === 'SFTP') return mayEnter(shop, server as SftpServer)
      assert.match(await shop.fail(67, 'backup'), /REPOSITORY_DENIED[\s\S]*muelle secrets set/)
      const wrong = Object.keys(server.secrets).map((name) => [name, 'not-this-one'] as const)
      await setSecrets(shop, Object.fromEntries(wrong))
      const told = await shop.fail(67, 'backup')
      assert.match(told, /REPOSITORY_DENIED[\s\S]*muelle secrets set/)
      assert.ok(!told.includes('not-this-one'))
      await setSecrets(shop, server.secrets)
    })

    test('has proven restore points, and its secrets are nowhere in clear', async () => {
      const values = Object.values(server.secrets).filter((value) => value.startsWith('hush'))
      const watch = watchProcesses(values)
      const { exitCode, stdout, stderr } = await shop.muelle('backup')
      assert.equal(exitCode, 0, stderr)
      await shop.succeed('backup', 'drill')
      assert.deepEqual(await watch.stop(), [])
      assert.deepEqual(await shop.states(), ['proven'])
      for (const value of values) assert.ok(!`${stdout}${stderr}`.includes(value))
      assert.deepEqual(values.length === 0 ? [] : filesWith(shop.host.env['MUELLE_HOME'] ?? '', values), [])
    })

    // ssh does not come back.
    if (kind !== 'SFTP')
      test('outlives a connection that comes back', async () => {
        const { running } = await uploading(shop)
        await server.kill()
        await sleep(3000)
        await server.start()
        const { exitCode, stderr } = await running
        assert.equal(exitCode, 0, stderr)
        assert.equal((await shop.states())[0], 'proven')
      })

    test('has no half restore point when the connection breaks for good', async () => {
      const known = await shop.provenPoints()
      const { running } = await uploading(shop)
      await server.kill()
      if (kind !== 'SFTP') {
        await sleep(5000)
        running.kill('SIGINT')
      }
      const { exitCode, stderr } = await running
      assert.equal(exitCode, kind === 'SFTP' ? 54 : 130, stderr)
      assert.match(await shop.fail(54, 'backup'), /cannot be reached/)
      await server.start()
      assert.deepEqual(await shop.provenPoints(), known)
      await shop.succeed('backup')
      assert.deepEqual(await shop.leftovers(), [])
    })

    test('and its key are enough on an empty machine', async () => {
      const [rows, files] = [await shop.rows('1000000'), await shop.files()]
      const elsewhere = temporaryFolder(cleanup)
      const keyFile = join(elsewhere, 'key.txt')
      await writeFile(keyFile, await shop.succeed('backup', 'key'))
      await shop.succeed('down', '--volumes', '--confirm', shop.project.name)
      const host = await createHost(cleanup)
      const from = ['--from', server.location, '--key-file', keyFile]
      const fetch = ['backup', 'fetch', ...from, '-C', elsewhere]
      const refused = await host.muelle(...fetch)
      assert.equal(refused.exitCode, 67, refused.stderr)
      await server.admit(host)
      const fetched = await host.startWith(server.secrets, ...fetch)
      assert.equal(fetched.exitCode, 0, fetched.stderr)
      shop.host = host
      const up = await host.muelle('up', join(elsewhere, shop.project.name))
      assert.equal(up.exitCode, 0, up.stderr)
      await shop.succeed('backup', 'restore', ...from, '--confirm', shop.project.name)
      assert.equal(await shop.rows('1000000'), rows)
      assert.deepEqual(await shop.files(), files)
    })
  })

async function setSecrets(shop: Shop, secrets: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(secrets)) {
    const argv = ['secrets', 'set', name, '--app', shop.project.name]
    const { exitCode, stderr } = await shop.host.send(value, ...argv)
    assert.equal(exitCode, 0, stderr)
  }
}

/** The command, once it uploads. */
async function uploading(shop: Shop) {
  await shop.inMedia('head -c 12000000 /dev/urandom > /media/film.mp4')
  const running = shop.host.start('backup', '--app', shop.project.name)
  let said = ''
  running.stderr.on('data', (data: Buffer) => {
    said += String(data)
  })
  await until(async () => said.includes('] Dump the databases'), 150_000)
  await sleep(3000)
  // Whoever awaits the program itself waits for its end.
  return { running }
}

/** First the server has to show that it is the one, then this machine. */
async function mayEnter(shop: Shop, server: SftpServer): Promise<void> {
  const unknown = await shop.fail(67, 'backup')
  assert.match(unknown, /the key of its server is not known[\s\S]*muelle backup trust --from sftp:/)
  const wrong = ['backup', 'trust', '--fingerprint', 'SHA256:another']
  assert.ok((await shop.fail(43, ...wrong)).includes(server.fingerprint))
  await shop.succeed('backup', 'trust', '--fingerprint', server.fingerprint)
  assert.match(await shop.fail(67, 'backup'), /does not let this machine in[\s\S]*muelle backup ssh-key/)
  await server.admit(shop.host)
}

describe('a server of SFTP', () => {
  const cleanup = suiteCleanup()

  test('that shows another key than before is not given anything', async () => {
    const server = await startSftpServer(cleanup)
    const shop = await createShop(cleanup, { to: server.location })
    await server.admit(shop.host)
    await shop.succeed('backup')
    const fingerprint = await server.renewKey()
    assert.match(await shop.fail(67, 'backup'), /shows another key[\s\S]*muelle backup trust --from sftp:/)
    await shop.succeed('backup', 'trust', '--fingerprint', fingerprint)
    await shop.succeed('backup')
    assert.deepEqual(lines(await shop.succeed('backup', 'ls')).length, 2)
  })
})

// What this server stores it does not give back by parts as it was, so nothing is restored from it.
describe('a server of S3', () => {
  const cleanup = suiteCleanup()

  test('that does not know the keys is told, and one without the bucket is no repository yet', async () => {
    const server = await startS3Server(cleanup)
    const shop = await createShop(cleanup, { to: server.location })
    const refused = /REPOSITORY_DENIED[\s\S]*muelle secrets set AWS_ACCESS_KEY_ID/
    assert.match(await shop.fail(67, 'backup'), refused)
    await setSecrets(shop, { ...server.secrets, AWS_SECRET_ACCESS_KEY: 'not-this-one' })
    const told = await shop.fail(67, 'backup')
    assert.match(told, refused)
    assert.ok(!told.includes('not-this-one'))
    await setSecrets(shop, server.secrets)
    assert.match(await shop.fail(54, 'backup', 'drill'), /there is no repository/)
  })
})
