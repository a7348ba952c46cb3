import { createHash } from 'node:crypto'
import { access, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Days. Browsers refuse server certificates that are valid for longer than 398. */
const validDays = 397

/**
 * Makes sure that a self-signed certificate for the host names exists in the folder.
 * @returns the names of its two files there
 */
export async function ensureSelfSigned(folder: string, app: string, domains: readonly string[]) {
  const digest = createHash('sha256').update(domains.join(' ')).digest('hex').slice(0, 8)
  const files = { certificate: `${app}-${digest}.crt`, key: `${app}-${digest}.key` }
  const exists = await access(join(folder, files.certificate)).then(
    () => true,
    () => false,
  )
  if (exists) return files
  await mkdir(folder, { recursive: true })
  const { generate } = await import('selfsigned')
  const { cert, private: key } = await generate([{ name: 'commonName', value: domains[0] ?? app }], {
    algorithm: 'sha256',
    keyType: 'ec',
    notAfterDate: new Date(Date.now() + validDays * 86_400_000),
    extensions: [{ name: 'subjectAltName', altNames: domains.map((value) => ({ type: 2, value })) }],
  })
  await writeFile(join(folder, files.key), key, { mode: 0o600 })
  await writeFile(join(folder, files.certificate), cert)
  return files
}
