import assert from 'node:assert/strict'
import { execa } from 'execa'
import { type Cleanup, createHost, docker, type Host, lines } from './host.ts'
import { createProject, type Project } from './project.ts'

/** Runs what it is given on the app's database, as a migration would. */
const migrate = `
import os
import psycopg2

statement = open('/app/migration.sql').read()
parts = {name: os.environ[f'DB_{name.upper()}'] for name in ('host', 'port', 'user', 'password')}
connection = psycopg2.connect(dbname=os.environ['DB_NAME'], sslmode=os.environ.get('DB_SSLMODE', 'prefer'), **parts)
with connection.cursor() as cursor:
    if statement.strip():
        cursor.execute(statement)
connection.commit()
print('migrated')
`

export interface At {
  host: string
  port: number
  password: string
  /** More for the web service, such as networks. */
  service?: Record<string, unknown>
  environment?: Record<string, string>
  rest?: Record<string, unknown>
}

/** A deployed app whose PostgreSQL is in no container of its file. */
export interface OutsideApp {
  host: Host
  project: Project
  /** Writes the next version, whose release command runs a migration. */
  write(migration: string, outside: Record<string, unknown>, more?: Record<string, unknown>): Promise<void>
  up(...argv: string[]): Promise<string>
  succeed(...argv: string[]): Promise<string>
  /** @returns what it says of the failure */
  fail(exitCode: number, ...argv: string[]): Promise<string>
  states(): Promise<string[]>
  /** Containers, volumes and networks that a backup, drill, restore or rehearsal has left. */
  leftovers(): Promise<string[]>
  version(): Promise<string>
}

export async function createOutsideApp(t: Cleanup, at: At): Promise<OutsideApp> {
  const host = await createHost(t)
  const project = await createProject(t)
  const own = ['--app', project.name]
  await host.send(at.password, 'secrets', 'set', 'DB_PASSWORD', ...own)
  let versions = 0
  const run = async (...argv: string[]) => {
    const { exitCode, stdout, stderr } = await host.muelle(...argv)
    assert.doesNotMatch(stdout + stderr, new RegExp(at.password), 'the password is in no output')
    return { exitCode, stdout, stderr }
  }
  const app: OutsideApp = {
    host,
    project,
    write: async (migration, outside, more = {}) => {
      await project.write(`v${++versions}`, (file) => {
        file.services['web'] = {
          ...file.services['web'],
          environment: {
            DB_HOST: at.host,
            DB_PORT: String(at.port),
            DB_NAME: 'shop',
            DB_USER: 'shop',
            // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose fills it in.
            DB_PASSWORD: '${DB_PASSWORD}',
            ...at.environment,
          },
          extra_hosts: ['host.docker.internal:host-gateway'],
          ...at.service,
        }
        Object.assign(file, at.rest)
        const keep = { last: 2, daily: 0, weekly: 0, monthly: 0 }
        const backups = { keep, outside: { shop_db: outside }, ...(more['backups'] as object | undefined) }
        file['x-muelle'] = { ...file['x-muelle'], release: ['python migrate.py'], ...more, backups }
      })
      await project.writeFile('migrate.py', migrate)
      await project.writeFile('migration.sql', migration)
      await project.writeFile(
        'Dockerfile',
        'FROM python:3.11-slim\nWORKDIR /app\nCOPY . ./\nCMD ["python", "-u", "server.py"]\n',
      )
    },
    up: async (...argv) => {
      const { exitCode, stderr } = await run('up', project.directory, ...argv)
      assert.equal(exitCode, 0, stderr)
      return stderr
    },
    succeed: async (...argv) => {
      const { exitCode, stdout, stderr } = await run(...argv, ...own)
      assert.equal(exitCode, 0, stderr)
      return `${stdout}${stderr}`
    },
    fail: async (exitCode, ...argv) => {
      const result = await run(...argv, ...(argv[0] === 'up' ? [] : own))
      assert.equal(result.exitCode, exitCode, result.stderr)
      return result.stderr
    },
    states: async () => {
      const { stdout } = await host.muelle('backup', 'ls', '--json', ...own)
      return (JSON.parse(stdout) as { state: string }[]).map(({ state }) => state)
    },
    leftovers: async () => {
      const filters = (role: string) =>
        [`app=${project.name}`, `role=${role}`].flatMap((label) => ['--filter', `label=org.muelle.${label}`])
      const name = ['--filter', `name=${project.name}_muelle`]
      return [
        ...lines(await docker('ps', '--all', '--format', '{{.Names}}', ...filters('backup'))),
        ...lines(await docker('ps', '--all', '--format', '{{.Names}}', ...filters('rehearsal'))),
        ...lines(await docker('volume', 'ls', '--format', '{{.Name}}', ...name)),
        ...lines(await docker('network', 'ls', '--format', '{{.Name}}', ...name)),
      ]
    },
    version: async () => (await host.get(project.domain)).body.split(' ')[0] ?? '',
  }
  return app
}

export type Psql = (user: string, database: string, ...statements: string[]) => Promise<string>

/** A client of the test's own, which goes past whatever lies between the app and the server. */
export async function createPsql(
  t: Cleanup,
  at: { container: string } | { port: number; password: string; image: string },
): Promise<Psql> {
  const password = 'password' in at ? at.password : ''
  const container = 'container' in at ? at.container : await startClient(t, at.image)
  const where = 'port' in at ? ['-h', '127.0.0.1', '-p', String(at.port)] : ['-h', '/var/run/postgresql']
  return async (user, database, ...statements) => {
    const commands = statements.flatMap((text) => ['-c', text])
    const argv = ['exec', '--env', `PGPASSWORD=${password}`, container, 'psql', ...where]
    const { exitCode, stdout, stderr } = await execa(
      'docker',
      [...argv, '-U', user, '-d', database, '-v', 'ON_ERROR_STOP=1', '-Atq', ...commands],
      { reject: false },
    )
    assert.equal(exitCode, 0, stderr)
    return stdout
  }
}

async function startClient(t: Cleanup, image: string): Promise<string> {
  const id = await docker(
    'run',
    '--detach',
    '--rm',
    '--network',
    'host',
    '--entrypoint',
    'sleep',
    image,
    '3600',
  )
  assert.notEqual(id, '', `a client of ${image} runs`)
  t.after(async () => void (await docker('rm', '--force', id)))
  return id
}
