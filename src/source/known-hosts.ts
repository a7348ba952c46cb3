import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Published by those who run them: docs.github.com, "GitHub's SSH key fingerprints", and docs.gitlab.com. */
const published = [
  'github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl',
  'gitlab.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfuCHKVTjquxvt6CM6tdG4SLp1Btn/nOeHHE5UOzRdf',
]

/** A host as ssh writes it into known_hosts. */
function hostPattern({ host, port }: { host: string; port: number }): string {
  return port === 22 ? host : `[${host}]:${port}`
}

/** Makes the file, with the key of a host that everybody knows. */
export async function haveKnownHosts(file: string, address: { host: string; port: number }): Promise<void> {
  const known = await readFile(file, 'utf8').catch(() => '')
  const pattern = hostPattern(address)
  const missing = published.filter((line) => line.startsWith(`${pattern} `) && !known.includes(line))
  if (known !== '' && missing.length === 0) return
  await writeKnownHosts(file, [known.trim(), ...missing])
}

/** Replaces all that was known of a host. */
export async function trustHost(
  file: string,
  address: { host: string; port: number },
  lines: readonly string[],
): Promise<void> {
  const known = await readFile(file, 'utf8').catch(() => '')
  const others = known.split('\n').filter((line) => !line.startsWith(`${hostPattern(address)} `))
  await writeKnownHosts(file, [...others, ...lines])
}

async function writeKnownHosts(file: string, lines: readonly string[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const text = lines.filter((line) => line !== '').join('\n')
  await writeFile(file, text === '' ? '' : `${text}\n`, { mode: 0o600 })
}
