/**
 * The name of a Compose project from that of its folder: what Compose, PostgreSQL, MySQL and host names all take, and
 * never one that would be taken for a release of another app (`shop-r2`).
 */
export function projectName(folder: string): string {
  const plain = folder
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  const name = plain === '' ? 'app' : plain
  return /-r\d+$/.test(name) ? `${name}-app` : name
}

/** The name of its database and of that database's user. MySQL takes 32 characters for a user. */
export function databaseName(name: string): string {
  const plain = name.replaceAll('-', '_').slice(0, 32)
  return /^\d/.test(plain) ? `app_${plain}`.slice(0, 32) : plain
}
