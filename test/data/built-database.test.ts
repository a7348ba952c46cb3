import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { createHost, docker, type Host, suiteCleanup } from '../support/host.ts'
import { createProject, type Project } from '../support/project.ts'

/** As for an extension or a locale: its image has the name of the app, and only its volume tells what it is. */
describe('a PostgreSQL server that is built from a Dockerfile', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project

  const succeed = async (...argv: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await host.muelle(...argv)
    assert.equal(exitCode, 0, stderr)
    return stdout
  }
  const up = async (version: string): Promise<void> => {
    await project.write(version, (file) => {
      const environment = { POSTGRES_PASSWORD: 'hush-hush-hush', POSTGRES_DB: 'shop' }
      file.services['db'] = { build: './db', environment, volumes: ['pgdata:/var/lib/postgresql/data'] }
      file['volumes'] = { pgdata: {} }
      file['x-muelle'] = { ...file['x-muelle'], backups: {} }
    })
    await succeed('up', project.directory)
  }
  const sql = (query: string) =>
    docker('exec', `${project.name}-db-1`, 'psql', '-U', 'postgres', '-d', 'shop', '-Atc', query)
  const server = () => docker('inspect', '--format', '{{.Id}} {{.State.StartedAt}}', `${project.name}-db-1`)

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    await project.writeFile('db/Dockerfile', 'FROM postgres:15\nRUN echo spanish >/etc/locale-of-the-shop\n')
    await up('v1')
    await sql('CREATE TABLE item AS SELECT generate_series(1, 1000) AS id')
  })

  test('is left alone by later releases, with its data', async () => {
    const first = await server()
    await up('v2')
    await up('v3')
    assert.equal(await server(), first)
    assert.equal(await sql('SELECT count(*) FROM item'), '1000')
  })

  test('is in the backup, which is proven by restoring it', async () => {
    const made = JSON.parse(await succeed('backup', '--app', project.name, '--json'))
    assert.equal(made.state, 'proven')
    await sql('DROP TABLE item')
    await succeed('backup', 'restore', made.point, '--app', project.name, '--confirm', project.name)
    assert.equal(await sql('SELECT count(*) FROM item'), '1000')
  })
})
