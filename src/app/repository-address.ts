/** Where a restic repository is (restic.readthedocs.io, "Preparing a new repository"), as far as Muelle can reach it. Pure. */
export type RepositoryAddress =
  | { kind: 'folder' }
  | { kind: 's3' | 'rest' }
  | { kind: 'sftp'; host: string; port: number }

/** What to write, for people. */
export const repositoryForms =
  'an absolute folder, s3:https://HOST/BUCKET, rest:https://HOST/PATH or sftp:USER@HOST:/PATH (with a port, sftp://USER@HOST:PORT//PATH)'

/** @returns why it is none, for a person to read */
export function readRepositoryAddress(text: string): RepositoryAddress | string {
  if (text.startsWith('/')) return { kind: 'folder' }
  if (/\s/.test(text)) return `write ${repositoryForms}`
  // It would be in the state and in the list of processes.
  if (/^[a-z0-9]+:(?:https?:)?\/\/[^/@]*:[^/@]*@/.test(text)) {
    return 'keep the password out of the address: it is a secret of the app'
  }
  const [, kind] = /^(s3|rest):(?:https?:\/\/)?[^/]+/.exec(text) ?? []
  if (kind === 's3' || kind === 'rest') return { kind }
  return readSftp(text) ?? `write ${repositoryForms}`
}

/** A user or host that looks like an option of ssh is none. Without a user, ssh would take that of restic's container. */
function readSftp(text: string): RepositoryAddress | undefined {
  const [, user = '', host = '', port = '22'] =
    /^sftp:\/\/([^@/]+)@(\[[\da-f:]+\]|[^:/@]+)(?::(\d{1,5}))?\/./i.exec(text) ??
    /^sftp:([^@/]+)@([^:/@]+):./.exec(text) ??
    []
  const isName = (word: string): boolean => /^\w[\w.-]*$/.test(word)
  if (!isName(user) || !(isName(host) || host.startsWith('['))) return undefined
  return { kind: 'sftp', host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) }
}
