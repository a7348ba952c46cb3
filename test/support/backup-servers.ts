import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { freePort } from '../../bench/ports.ts'
import { until } from './backup.ts'
import { type Cleanup, docker, type Host } from './host.ts'
import { startSshServer } from './ssh-server.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A real server on which restic repositories lie. */
export interface BackupServer {
  location: string
  /** Its container. */
  name: string
  /** What it wants to be told, by variable; a server of SFTP wants a key instead. */
  secrets: Readonly<Record<string, string>>
  /** Lets an installation in that it does not know, where that takes more than the secrets. */
  admit(host: Host): Promise<void>
  /** As when its machine loses its power. */
  kill(): Promise<void>
  start(): Promise<void>
}

const images = join(import.meta.dirname, '..', '..', 'images', 'build.sh')

/** A folder of this machine, of which a server is one of another. */
async function container(t: Cleanup, image: string, port: number, argv: readonly string[]): Promise<string> {
  await execa(images, [image])
  const name = `muelle-test-repository-${process.pid}-${port}`
  t.after(async () => {
    await docker('rm', '--force', '--volumes', name)
  })
  await execa('docker', ['create', '--name', name, '--network', 'host', ...argv])
  return name
}

function switches(name: string, answers: () => Promise<boolean>): Pick<BackupServer, 'kill' | 'start'> {
  return {
    kill: async () => {
      await docker('kill', name)
    },
    start: async () => {
      await docker('start', name)
      for (let times = 0; times < 300; times++) {
        if (await answers()) return
        await sleep(100)
      }
      throw new Error(`${name} does not answer: ${await docker('logs', '--tail', '5', name)}`)
    },
  }
}

function answersHttp(port: number): () => Promise<boolean> {
  return () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
}

/** The server of restic's own. */
export async function startRestServer(t: Cleanup): Promise<BackupServer> {
  const port = await freePort()
  const data = temporaryFolder(t)
  const secrets = { RESTIC_REST_USERNAME: 'ada', RESTIC_REST_PASSWORD: 'hush-hush-rest' }
  const hash = createHash('sha1').update(secrets.RESTIC_REST_PASSWORD).digest('base64')
  await writeFile(join(data, '.htpasswd'), `${secrets.RESTIC_REST_USERNAME}:{SHA}${hash}\n`)
  const image = 'restic/rest-server:0'
  const options = ['--env', `OPTIONS=--listen 127.0.0.1:${port}`, '--volume', `${data}:/data`]
  const name = await container(t, image, port, [...options, image])
  const server = {
    location: `rest:http://127.0.0.1:${port}/shop/`,
    name,
    secrets,
    admit: async () => undefined,
    ...switches(name, answersHttp(port)),
  }
  await server.start()
  return server
}

/** The object gateway of Ceph. */
export async function startS3Server(t: Cleanup): Promise<BackupServer> {
  const port = await freePort()
  const data = temporaryFolder(t)
  const secrets = { AWS_ACCESS_KEY_ID: 'AKMUELLETEST', AWS_SECRET_ACCESS_KEY: 'hush-hush-s3' }
  const image = 'muelle/radosgw:18'
  const mount = ['--volume', `${data}:/data`]
  const frontends = ['--rgw-frontends', `beast endpoint=127.0.0.1:${port}`]
  const name = await container(t, image, port, [...mount, image, ...frontends])
  const user = ['--uid', 'ada', '--display-name', 'Ada', '--access-key', secrets.AWS_ACCESS_KEY_ID]
  const create = ['user', 'create', ...user, '--secret', secrets.AWS_SECRET_ACCESS_KEY]
  await administer(name, [...mount, '--entrypoint', 'radosgw-admin', image], create)
  const server = {
    location: `s3:http://127.0.0.1:${port}/shop-backups`,
    name,
    secrets,
    admit: async () => undefined,
    ...switches(name, answersHttp(port)),
  }
  await server.start()
  return server
}

/** It says what it has done, and does not always end after that. */
async function administer(server: string, how: readonly string[], argv: readonly string[]): Promise<void> {
  const name = `${server}-admin`
  const options = ['--name', 'client.rgw', '--no-mon-config']
  await execa('docker', ['run', '--detach', '--name', name, ...how, ...options, ...argv])
  try {
    await until(async () => (await docker('logs', name)).includes('"mfa_ids"'))
  } finally {
    await docker('rm', '--force', name)
  }
}

export interface SftpServer extends BackupServer {
  fingerprint: string
  /** From now on it shows another key. @returns its fingerprint */
  renewKey(): Promise<string>
}

export async function startSftpServer(t: Cleanup): Promise<SftpServer> {
  const folder = temporaryFolder(t)
  const ssh = await startSshServer(t, { folder })
  const location = `sftp://root@127.0.0.1:${ssh.port}/${folder}/shop`
  const answers = async () => {
    const { stdout } = await execa('ssh-keyscan', ['-p', String(ssh.port), '127.0.0.1'], { reject: false })
    return stdout !== ''
  }
  const { kill, start } = switches(ssh.name, answers)
  return {
    location,
    name: ssh.name,
    secrets: {},
    fingerprint: ssh.fingerprint,
    kill,
    start,
    admit: async (host) => {
      await host.muelle('backup', 'trust', '--from', location, '--fingerprint', ssh.fingerprint)
      const { stdout } = await host.muelle('backup', 'ssh-key')
      await ssh.authorize(stdout.split('\n')[0] ?? '')
    },
    renewKey: async () => {
      await kill()
      const fingerprint = await ssh.renewKey()
      await start()
      return fingerprint
    },
  }
}
