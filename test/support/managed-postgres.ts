import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { until } from './backup.ts'
import { haveImage } from './have-image.ts'
import { type Cleanup, docker } from './host.ts'

/** A PostgreSQL as a provider gives it: elsewhere, with TLS only, and its superuser is somebody else. */
export interface ManagedPostgres {
  /** On a network of its own. */
  address: string
  network: string
  container: string
  /** Of its authority. */
  certificate: string
  /** As the provider. */
  sql(...statements: string[]): Promise<string>
}

const start = [
  'install -o postgres -m 600 /tls/server.key /var/lib/postgresql/server.key',
  'install -o postgres -m 644 /tls/server.crt /var/lib/postgresql/server.crt',
  // A language that no stock image has.
  'localedef -i es_ES -f UTF-8 es_ES.UTF-8',
  'exec docker-entrypoint.sh postgres -c ssl=on -c ssl_cert_file=/var/lib/postgresql/server.crt -c ssl_key_file=/var/lib/postgresql/server.key',
].join(' && ')

export async function startManagedPostgres(
  t: Cleanup,
  { image, password }: { image: string; password: string },
): Promise<ManagedPostgres> {
  await haveImage(image)
  const folder = await mkdtemp(join(tmpdir(), 'muelle-managed-'))
  const name = `managed-${process.pid}`
  const subnet = `10.${200 + (process.pid % 50)}.${Math.floor(Math.random() * 250)}`
  const address = `${subnet}.10`
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'managed' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: address }] }],
  })
  await writeFile(join(folder, 'server.key'), key)
  await writeFile(join(folder, 'server.crt'), cert)
  await writeFile(
    join(folder, 'tls-only.sh'),
    `echo 'hostssl all all all scram-sha-256' > "$PGDATA/pg_hba.conf"; echo 'local all all trust' >> "$PGDATA/pg_hba.conf"\n`,
  )
  t.after(async () => {
    await docker('rm', '--force', '--volumes', name)
    await docker('network', 'rm', name)
    await rm(folder, { recursive: true, force: true })
  })
  await docker('network', 'create', '--subnet', `${subnet}.0/24`, name)
  const variables = { POSTGRES_USER: 'provider', POSTGRES_PASSWORD: password, POSTGRES_DB: 'postgres' }
  const id = await docker(
    ...['run', '--detach', '--name', name, '--network', name, '--ip', address],
    ...Object.entries(variables).flatMap(([key_, value]) => ['--env', `${key_}=${value}`]),
    ...['--volume', `${folder}:/tls:ro`],
    ...['--volume', `${join(folder, 'tls-only.sh')}:/docker-entrypoint-initdb.d/tls-only.sh:ro`],
    ...['--entrypoint', 'bash', image, '-c', start],
  )
  assert.notEqual(id, '', 'the managed server was started')
  const sql: ManagedPostgres['sql'] = (...statements) =>
    docker(
      ...['exec', name, 'psql', '-U', 'provider', '-d', 'postgres', '-v', 'ON_ERROR_STOP=1', '-Atq'],
      ...statements.flatMap((text) => ['-c', text]),
    )
  const isReady = ['exec', name, 'pg_isready', '-h', '127.0.0.1', '-U', 'provider']
  await until(async () => (await docker(...isReady)).includes('accepting'))
  await sql(
    `CREATE ROLE shop LOGIN CREATEDB PASSWORD '${password}'`,
    "CREATE DATABASE shop OWNER shop TEMPLATE template0 LC_COLLATE 'es_ES.UTF-8' LC_CTYPE 'es_ES.UTF-8'",
  )
  return { address, network: name, container: name, certificate: cert, sql }
}
