/** How a repository is reached, read from an address that the schema of `x-muelle` has accepted. */
export type Address =
  | { kind: 'folder' }
  | { kind: 'https'; origin: string }
  | { kind: 'ssh'; host: string; port: number }

const sshPort = 22

export function readAddress(repo: string): Address {
  if (repo.startsWith('/')) return { kind: 'folder' }
  if (!URL.canParse(repo)) return { kind: 'ssh', host: repo.split(/[@:]/)[1] ?? '', port: sshPort }
  const { origin, protocol, hostname, port } = new URL(repo)
  if (protocol === 'https:') return { kind: 'https', origin }
  return { kind: 'ssh', host: hostname, port: port === '' ? sshPort : Number(port) }
}
