import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readRepositoryAddress } from '../../app/repository-address.ts'
import { inside } from '../restic.ts'
import type { Mount } from '../tool.ts'
import { haveSshFolder, sshFolder, sshMount, sshOptions } from './ssh.ts'

/** How restic's container reaches a repository. */
export interface Access {
  /** It would be lost with this machine. */
  isOnThisMachine: boolean
  network: 'none' | 'host'
  mounts: readonly Mount[]
  variables: Readonly<Record<string, string>>
  /** Variables whose values no list of processes shows. */
  secrets: Readonly<Record<string, string>>
  /** Options of restic. */
  options: readonly string[]
}

export async function accessTo(
  { location, keyFile }: { location: string; keyFile: string },
  { home, credentials }: { home: string; credentials: Readonly<Record<string, string>> },
): Promise<Access> {
  const address = readRepositoryAddress(location)
  const kind = typeof address === 'string' ? undefined : address.kind
  const isFolder = kind === 'folder'
  const cache = join(home, 'backup-cache')
  for (const folder of [cache, ...(isFolder ? [location] : [])])
    await mkdir(folder, { recursive: true, mode: 0o700 })
  const ssh = sshFolder(home)
  if (kind === 'sftp') await haveSshFolder(ssh)
  return {
    isOnThisMachine: isFolder,
    network: isFolder ? 'none' : 'host',
    mounts: [
      { source: keyFile, target: inside.key },
      { source: cache, target: inside.cache, writes: true },
      ...(isFolder ? [{ source: location, target: inside.repository, writes: true }] : []),
      ...(kind === 'sftp' ? [sshMount(ssh)] : []),
    ],
    variables: {
      RESTIC_PASSWORD_FILE: inside.key,
      RESTIC_CACHE_DIR: inside.cache,
      // Of dumps half the work of the usual, and no larger (bench/README.md).
      RESTIC_COMPRESSION: 'fastest',
    },
    secrets: { RESTIC_REPOSITORY: isFolder ? inside.repository : location, ...credentials },
    options: kind === 'sftp' ? sshOptions : [],
  }
}
