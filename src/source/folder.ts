import { join } from 'node:path'

/** Where an installation keeps what belongs to the source of an app; `down` removes it with the rest of the app. */
export interface SourceFolder {
  /** The history of the branch, without files. */
  mirror: string
  /** A folder for each commit that was checked out. */
  checkouts: string
  /** Files that are not in Git, as they were last seen. */
  kept: string
  key: string
  knownHosts: string
  sshConfig: string
}

export function sourceFolder(home: string, app: string): SourceFolder {
  const folder = join(home, 'apps', app, 'source')
  return {
    mirror: join(folder, 'mirror.git'),
    checkouts: join(folder, 'checkouts'),
    kept: join(folder, 'kept'),
    key: join(folder, 'ssh', 'deploy_key'),
    knownHosts: join(folder, 'ssh', 'known_hosts'),
    sshConfig: join(folder, 'ssh', 'config'),
  }
}
