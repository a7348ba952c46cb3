import { access, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Days. Browsers refuse server certificates that are valid for longer than 398. */
const validDays = 397
/** Days before now, from which it is valid: the clocks of visitors, and this one, may be wrong by hours. */
const toleratedDays = 1

/** Makes sure that there is a certificate in the file: nginx does not start without one. */
export async function ensureSelfSigned(file: string, names: readonly string[]): Promise<void> {
  const exists = await access(file).then(
    () => true,
    () => false,
  )
  if (exists) return
  const { generate } = await import('selfsigned')
  const { cert, private: key } = await generate([{ name: 'commonName', value: names[0] ?? 'muelle' }], {
    algorithm: 'sha256',
    keyType: 'ec',
    notBeforeDate: new Date(Date.now() - toleratedDays * 86_400_000),
    notAfterDate: new Date(Date.now() + (validDays - toleratedDays) * 86_400_000),
    extensions: [{ name: 'subjectAltName', altNames: names.map((value) => ({ type: 2, value })) }],
  })
  await installPem(file, `${key.trim()}\n${cert.trim()}\n`)
}

/** Key and chain change in one rename: nginx refuses a key that is not the certificate's. */
export async function installPem(file: string, pem: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(`${file}.next`, pem, { mode: 0o600, flush: true })
  await rename(`${file}.next`, file)
}
