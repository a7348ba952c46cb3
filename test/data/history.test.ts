import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { createHost, docker, type Host, suiteCleanup } from '../support/host.ts'
import { type ComposeDraft, createProject, type Project } from '../support/project.ts'

/** How many moments a history is taken back to; `HISTORY_MOMENTS=20` is the whole of it. */
const moments = Number(process.env['HISTORY_MOMENTS'] ?? 3)

describe('the history of a PostgreSQL server', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project

  const withDatabase = (file: ComposeDraft): void => {
    file.services['db'] = {
      image: 'postgres:15',
      environment: { POSTGRES_USER: 'shop', POSTGRES_PASSWORD: 'hush-hush-hush', POSTGRES_DB: 'shop' },
      volumes: ['pgdata:/var/lib/postgresql/data'],
    }
    file['volumes'] = { pgdata: {} }
    file['x-muelle'] = { ...file['x-muelle'], backups: { point_in_time: 7 } }
  }
  const succeed = async (...argv: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await host.muelle(...argv, '--app', project.name)
    assert.equal(exitCode, 0, stderr)
    return stdout
  }
  const psql = async (...statements: string[]): Promise<string> => {
    const commands = statements.flatMap((text) => ['-c', text])
    const argv = ['exec', `${project.name}-db-1`, 'psql', '-h', '127.0.0.1', '-U', 'shop', '-Atq']
    const { exitCode, stdout, stderr } = await execa('docker', [...argv, ...commands], { reject: false })
    assert.equal(exitCode, 0, stderr)
    return stdout
  }
  const rows = () => psql('SELECT id, text FROM item ORDER BY id')

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    await project.write('v1', withDatabase)
    const { exitCode, stderr } = await host.muelle('up', project.directory)
    assert.equal(exitCode, 0, stderr)
    await psql('CREATE TABLE item (id serial PRIMARY KEY, text text)')
    await succeed('backup')
  })

  test('is taken back to any moment, to exactly the rows that were committed before it', async () => {
    const seen: { at: string; rows: string }[] = []
    for (let index = 0; index < moments; index++) {
      for (let count = Math.ceil(Math.random() * 4); count > 0; count--)
        await psql(
          'INSERT INTO item (text) SELECT md5(random()::text) FROM generate_series(1, 50)',
          'DELETE FROM item WHERE id % 7 = 3',
        )
      await sleep(20)
      const now = await rows()
      seen.push({ at: new Date().toISOString(), rows: now })
      await sleep(20)
      await psql("UPDATE item SET text = 'later'")
    }
    for (const { at, rows: then } of seen.toReversed()) {
      await succeed('backup', 'restore', '--at', at, '--confirm', project.name)
      assert.equal(await rows(), then, at)
    }
    const containers = await docker(
      'ps',
      '--all',
      '--filter',
      `label=org.muelle.app=${project.name}`,
      '--filter',
      'label=org.muelle.role=backup',
      '--quiet',
    )
    assert.equal(containers, '')
  })

  test('brings back the last commit of a database whose volume is gone', async () => {
    const then = await rows()
    await sleep(1000)
    const at = new Date().toISOString()
    await docker('rm', '--force', `${project.name}-db-1`)
    await docker('volume', 'rm', `${project.name}_pgdata`)
    const { exitCode, stderr } = await host.muelle('up', project.directory)
    assert.equal(exitCode, 0, stderr)
    await succeed('backup', 'restore', '--at', at, '--confirm', project.name)
    assert.equal(await rows(), then)
  })
})
