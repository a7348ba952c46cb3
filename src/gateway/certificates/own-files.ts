import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { App } from '../../app/app.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { belongTogether, readCertificate, uncovered } from './read.ts'

/**
 * Key and chain of the PEM files that the project names, as one text; undefined when it names none.
 * @throws MuelleError CERTIFICATE_INVALID
 */
export async function readOwnFiles({
  directory,
  entrance,
}: Pick<App, 'directory' | 'entrance'>): Promise<string | undefined> {
  if (entrance.kind === 'port' || typeof entrance.tls === 'string' || !('key' in entrance.tls))
    return undefined
  const [certificate, key] = await Promise.all([
    read(resolve(directory, entrance.tls.certificate)),
    read(resolve(directory, entrance.tls.key)),
  ])
  const fault = findFault({ certificate, key, domains: entrance.domains })
  if (fault === undefined) return `${key.trim()}\n${certificate.trim()}\n`
  throw new MuelleError('CERTIFICATE_INVALID', `${entrance.tls.certificate}: ${fault}.`, {
    hint: 'Put the right files there, or let Muelle get a certificate:  tls: {email: you@example.com}',
  })
}

interface OwnFiles {
  certificate: string
  key: string
  domains: readonly string[]
}

function findFault({ certificate, key, domains }: OwnFiles): string | undefined {
  try {
    const facts = readCertificate(certificate)
    const missing = uncovered(facts, domains)
    if (missing.length > 0) return `the certificate does not hold for ${missing.join(', ')}`
    if (Date.parse(facts.expiresAt) < Date.now())
      return `the certificate expired on ${facts.expiresAt.slice(0, 10)}`
    return belongTogether(certificate, key) ? undefined : 'the private key is that of another certificate'
  } catch (error) {
    return `no PEM certificate with a private key beside it (${(error as Error).message})`
  }
}

async function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new MuelleError('CERTIFICATE_INVALID', `${file} cannot be read (${cause.code}).`, {
      hint: 'x-muelle.tls names files relative to the folder of the Compose file.',
      cause,
    })
  })
}
