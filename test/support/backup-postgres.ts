import assert from 'node:assert/strict'
import { execa } from 'execa'
import { type Backed, createBacked } from './backup.ts'
import { type Cleanup, docker, lines } from './host.ts'
import type { ComposeDraft } from './project.ts'

/** A shop with PostgreSQL and files, of which only the last proven restore point is kept. */
export interface Shop extends Backed {
  /** The container of its database. */
  server: string
  psql(...statements: string[]): Promise<string>
  /** Runs a script where the files are. */
  inMedia(script: string): Promise<string>
  /** Every row up to one, as it is, and what belongs to the table. */
  rows(upTo: string): Promise<string>
  /** Every file with its hash. */
  files(): Promise<string[]>
}

const withData =
  (backups: object) =>
  (file: ComposeDraft): void => {
    file.services['web'] = { ...file.services['web'], volumes: ['media:/media'] }
    file.services['db'] = {
      image: 'postgres:15',
      environment: { POSTGRES_USER: 'shop', POSTGRES_PASSWORD: 'hush-hush-hush', POSTGRES_DB: 'shop' },
      volumes: ['pgdata:/var/lib/postgresql/data'],
    }
    file['volumes'] = { pgdata: {}, media: {} }
    const keep = { last: 1, daily: 0, weekly: 0, monthly: 0 }
    file['x-muelle'] = { ...file['x-muelle'], backups: { keep, ...backups } }
  }

/** @param backups more of `x-muelle.backups` */
export async function createShop(cleanup: Cleanup, backups: object = {}): Promise<Shop> {
  const backed = await createBacked(cleanup, withData(backups))
  const { name } = backed.project
  const server = `${name}-db-1`
  const psql: Shop['psql'] = async (...statements) => {
    const commands = statements.flatMap((text) => ['-c', text])
    const argv = ['exec', server, 'psql', '-h', '127.0.0.1', '-U', 'shop', '-v', 'ON_ERROR_STOP=1', '-Atq']
    const { exitCode, stdout, stderr } = await execa('docker', [...argv, ...commands], { reject: false })
    assert.equal(exitCode, 0, stderr)
    return stdout
  }
  const inMedia: Shop['inMedia'] = (script) =>
    docker('run', '--rm', '--volume', `${name}_media:/media`, 'python:3.11-slim', 'sh', '-c', script)
  await psql(
    'CREATE TABLE item (id serial PRIMARY KEY, name text UNIQUE, price numeric, made timestamptz DEFAULT now(), raw bytea)',
    "INSERT INTO item (name, price, raw) SELECT 'ñandú ' || n, n / 7.0, decode(md5(n::text), 'hex') FROM generate_series(1, 20000) n",
    'CREATE TABLE django_migrations (id serial PRIMARY KEY, app text, name text)',
    "INSERT INTO django_migrations (app, name) VALUES ('shop', '0001_initial'), ('shop', '0002_item')",
  )
  await inMedia(
    'mkdir "/media/a b" && head -c 3000000 /dev/urandom > "/media/a b/photo 1.jpg" && echo x > /media/y.txt',
  )
  return Object.assign(backed, {
    server,
    psql,
    inMedia,
    rows: (upTo: string) =>
      psql(
        `COPY (SELECT * FROM item WHERE id <= ${upTo} ORDER BY id) TO STDOUT`,
        'COPY (SELECT * FROM django_migrations ORDER BY id) TO STDOUT',
        'SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1',
      ),
    files: async () => lines(await inMedia('cd /media && find . -type f -exec sha256sum {} + | sort -k 2')),
  })
}
