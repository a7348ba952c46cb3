import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MuelleError, recode } from '../../errors/muelle-error.ts'
import { sshConfiguration } from '../../source/access.ts'
import { askHostKeys, type HostKey, havePublicKey } from '../../source/keys.ts'

/** What this installation shows SFTP servers, and knows of them. */
export interface SshFolder {
  folder: string
  key: string
  knownHosts: string
}

export function sshFolder(home: string): SshFolder {
  const folder = join(home, 'backup-ssh')
  return { folder, key: join(folder, 'key'), knownHosts: join(folder, 'known_hosts') }
}

/** Where the folder is in restic's container. */
const inside = '/run/muelle/ssh'

/** restic splits it into words as a shell would. */
export const sshOptions: readonly string[] = ['-o', `sftp.args=-F ${inside}/config`]

/**
 * Makes the key and what ssh reads, where they are missing.
 * @returns the public half of the key. @throws MuelleError REPOSITORY_UNUSABLE
 */
export async function haveSshFolder({ folder, key, knownHosts }: SshFolder): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const publicKey = await havePublicKey(key, 'muelle backup').catch(asRepository)
  await writeFile(knownHosts, '', { flag: 'a', mode: 0o600 })
  const config = sshConfiguration({ knownHosts: `${inside}/known_hosts`, key: `${inside}/key` })
  const file = join(folder, 'config')
  if ((await readFile(file, 'utf8').catch(() => undefined)) !== config)
    await writeFile(file, config, { mode: 0o600 })
  return publicKey
}

export function sshMount({ folder }: SshFolder) {
  return { source: folder, target: inside }
}

/** @throws MuelleError REPOSITORY_UNUSABLE */
export function askServerKeys(address: { host: string; port: number }): Promise<HostKey[]> {
  return askHostKeys(address).catch(asRepository)
}

/** What was not for Git. */
const asRepository = recode('SOURCE_UNREACHABLE', ({ message, hint, log }) => {
  return new MuelleError('REPOSITORY_UNUSABLE', message, hint === undefined ? { log } : { log, hint })
})
