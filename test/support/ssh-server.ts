import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { freePort } from '../../bench/ports.ts'
import { type Cleanup, docker } from './host.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A real sshd in a container, that nobody reaches from another machine. Its user is root. */
export interface SshServer {
  port: number
  /** As `ssh-keygen -l` writes it. */
  fingerprint: string
  /** For a known_hosts. */
  knownHost: string
  /** Of its container. */
  name: string
  /** Lets in whoever has the private half. */
  authorize(publicKey: string): Promise<void>
  /** A key pair that is let in: the path of its private half. */
  keyOf(name: string): Promise<string>
  /** Has another key from its next start on. @returns its fingerprint */
  renewKey(): Promise<string>
}

const image = 'muelle/sshd:9'

/**
 * @param options `folder` is there under its own name; with `isMachine` whoever comes in is on this machine, with its
 * files, programs and processes, as on a server that has an sshd of its own
 */
export async function startSshServer(
  t: Cleanup,
  { folder, isMachine = false }: { folder?: string; isMachine?: boolean },
): Promise<SshServer> {
  await execa(join(import.meta.dirname, '..', '..', 'images', 'build.sh'), [image])
  const own = temporaryFolder(t)
  const port = await freePort()
  const makeHostKey = async (): Promise<string> => {
    await rm(join(own, 'host_key'), { force: true })
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(own, 'host_key')])
    const { stdout } = await execa('ssh-keygen', ['-l', '-f', join(own, 'host_key.pub')])
    return stdout.split(' ')[1] ?? ''
  }
  const fingerprint = await makeHostKey()
  await writeFile(join(own, 'authorized_keys'), '')
  await writeFile(join(own, 'sshd_config'), configuration(port, isMachine))
  const name = `muelle-test-sshd-${process.pid}-${port}`
  t.after(async () => {
    await docker('rm', '--force', '--volumes', name)
  })
  const mounts = [
    `${own}:/test:ro`,
    ...(folder === undefined ? [] : [`${folder}:${folder}`]),
    ...(isMachine ? ['/:/machine'] : []),
  ]
  await execa('docker', [
    ...['run', '--detach', '--name', name, '--network', 'host'],
    ...(isMachine ? ['--pid', 'host'] : []),
    ...mounts.flatMap((mount) => ['--volume', mount]),
    ...[image, '-f', '/test/sshd_config'],
  ])
  const address = `[127.0.0.1]:${port}`
  const hostKey = (await readFile(join(own, 'host_key.pub'), 'utf8')).split(' ').slice(0, 2).join(' ')
  await untilItAnswers(port)
  const authorize = (publicKey: string) => appendFile(join(own, 'authorized_keys'), `${publicKey.trim()}\n`)
  return {
    port,
    fingerprint,
    knownHost: `${address} ${hostKey}`,
    name,
    authorize,
    renewKey: makeHostKey,
    keyOf: async (key) => {
      const path = join(own, key)
      await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path])
      await authorize(await readFile(`${path}.pub`, 'utf8'))
      return path
    },
  }
}

function configuration(port: number, isMachine: boolean): string {
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    'HostKey /test/host_key',
    'AuthorizedKeysFile /test/authorized_keys',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    'Subsystem sftp internal-sftp',
    // The folder of a test belongs to whoever runs it.
    'StrictModes no',
    ...(isMachine ? ['ChrootDirectory /machine'] : []),
    '',
  ].join('\n')
}

async function untilItAnswers(port: number): Promise<void> {
  for (let times = 0; times < 100; times++) {
    const { stdout } = await execa('ssh-keyscan', ['-p', String(port), '127.0.0.1'], { reject: false })
    if (stdout !== '') return
    await sleep(100)
  }
  throw new Error('sshd did not start')
}
