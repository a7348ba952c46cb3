import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { createHost, docker, type Host, suiteCleanup } from '../support/host.ts'
import { type ComposeDraft, createProject, type Project } from '../support/project.ts'
import { createAgent } from '../support/running-agent.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** How many moments a history is taken back to; `HISTORY_MOMENTS=20` is the whole of it. */
const moments = Number(process.env['HISTORY_MOMENTS'] ?? 3)

interface Flavour {
  image: string
  what: string
  change?(file: ComposeDraft): void
  /** Before its tables. */
  prepare?(server: string): Promise<unknown>
  table: readonly string[]
}

const flavours: readonly Flavour[] = [
  {
    image: 'postgres:15',
    what: 'a PostgreSQL server',
    table: ['CREATE TABLE item (id serial PRIMARY KEY, text text)'],
  },
  {
    image: 'timescale/timescaledb:2-pg17',
    what: 'a TimescaleDB server',
    table: [
      'CREATE EXTENSION IF NOT EXISTS timescaledb',
      "CREATE TABLE item (id serial, text text, at timestamptz NOT NULL DEFAULT now() - random() * interval '90 days')",
      "SELECT create_hypertable('item', 'at', chunk_time_interval => interval '7 days')",
    ],
  },
  {
    image: 'postgres:17',
    what: 'a server with a tablespace, whose user and password are in files',
    change: (file) => {
      const db = file.services['db'] ?? {}
      const named = ['POSTGRES_USER', 'POSTGRES_PASSWORD', 'POSTGRES_DB']
      file.services['db'] = {
        ...db,
        environment: Object.fromEntries(named.map((name) => [`${name}_FILE`, `/run/secrets/${name}`])),
        secrets: named,
        volumes: [...(db['volumes'] as string[]), 'fast:/fast disk'],
      }
      file['secrets'] = Object.fromEntries(named.map((name) => [name, { file: `./${name}` }]))
      file['volumes'] = { pgdata: {}, fast: {} }
    },
    prepare: (server) => docker('exec', server, 'chown', 'postgres', '/fast disk'),
    table: [
      "CREATE TABLESPACE quick LOCATION '/fast disk'",
      'CREATE TABLE item (id serial PRIMARY KEY, text text) TABLESPACE quick',
    ],
  },
]

for (const { image, what, change, prepare, table } of flavours)
  describe(`the history of ${what}`, () => {
    const cleanup = suiteCleanup()
    let host: Host
    let project: Project

    const withDatabase = (file: ComposeDraft): void => {
      file.services['db'] = {
        image,
        environment: { POSTGRES_USER: 'shop', POSTGRES_PASSWORD: 'hush-hush-hush', POSTGRES_DB: 'shop' },
        volumes: ['pgdata:/var/lib/postgresql/data'],
      }
      file['volumes'] = { pgdata: {} }
      file['x-muelle'] = { ...file['x-muelle'], backups: { point_in_time: 7 } }
      change?.(file)
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
    const rows = () => psql('SELECT * FROM item ORDER BY id')
    const up = async (directory: string): Promise<void> => {
      const { exitCode, stderr } = await host.muelle('up', directory)
      assert.equal(exitCode, 0, stderr)
    }

    before(async () => {
      host = await createHost(cleanup)
      project = await createProject(cleanup)
      await project.write('v1', withDatabase)
      for (const [name, value] of Object.entries({
        ...{ POSTGRES_USER: 'shop', POSTGRES_DB: 'shop', POSTGRES_PASSWORD: 'hush-hush-hush' },
      }))
        await project.writeFile(name, value)
      await up(project.directory)
      await prepare?.(`${project.name}-db-1`)
      await psql(...table)
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

    test('brings back the last commit of a database whose volumes are gone', async () => {
      const then = await rows()
      await sleep(1000)
      const at = new Date().toISOString()
      await docker('rm', '--force', `${project.name}-db-1`)
      await docker('volume', 'rm', `${project.name}_pgdata`, `${project.name}_fast`)
      await up(project.directory)
      await succeed('backup', 'restore', '--at', at, '--confirm', project.name)
      assert.equal(await rows(), then)
    })

    test('is in the repository within a minute of each commit, backups or not, as the status says', async () => {
      await succeed('backup')
      const agent = await createAgent(cleanup, host)
      await agent.start()
      const archived = async () => {
        const [{ histories }] = JSON.parse(await succeed('status', '--json'))
        const [{ lossSeconds, archivedUntil }] = histories
        return { lossSeconds, archivedUntil } as { lossSeconds: number; archivedUntil: string }
      }
      const losses: number[] = []
      const writing = new AbortController()
      const written: { at: string; id: string }[] = []
      const writes = (async () => {
        while (!writing.signal.aborted) {
          const id = await psql("INSERT INTO item (text) VALUES ('during') RETURNING id")
          written.push({ at: new Date().toISOString(), id })
        }
      })()
      const backups = host.muelle('backup', '--app', project.name)
      for (const began = Date.now(); Date.now() - began < 100_000; await sleep(3000))
        losses.push((await archived()).lossSeconds)
      const { exitCode, stderr } = await backups
      assert.equal(exitCode, 0, stderr)
      writing.abort()
      await writes
      await agent.end('SIGTERM')
      assert.ok(Math.max(...losses) <= 60, `${Math.max(...losses)} s`)

      // What the figure says is what comes back once all but the repository is lost.
      const { archivedUntil } = await archived()
      const elsewhere = temporaryFolder(cleanup)
      const keyFile = join(elsewhere, 'key.txt')
      await writeFile(keyFile, await succeed('backup', 'key'))
      const repository = join(host.env['MUELLE_HOME'] ?? '', 'backups')
      await succeed('down', '--volumes', '--confirm', project.name)
      await docker('volume', 'rm', `${project.name}_muelle-history-db`)
      host = await createHost(cleanup)
      const from = ['--from', repository, '--key-file', keyFile]
      const fetched = await host.muelle('backup', 'fetch', ...from, '-C', elsewhere)
      assert.equal(fetched.exitCode, 0, fetched.stderr)
      await up(join(elsewhere, project.name))
      await succeed('backup', 'restore', '--at', archivedUntil, ...from, '--confirm', project.name)
      const back = new Set((await psql("SELECT id FROM item WHERE text = 'during'")).split('\n'))
      const missing = written.filter(({ at, id }) => at < archivedUntil && !back.has(id))
      assert.deepEqual(missing, [])
      assert.ok(back.size > 10, `${back.size} rows`)
    })
  })
