import { createPrivateKey, X509Certificate } from 'node:crypto'

/** What a certificate says of itself. */
export interface CertificateFacts {
  /** Host names; one may begin with `*.`. */
  names: readonly string[]
  /** Who signed it, as people know them: `Let's Encrypt`. */
  issuer: string
  isSelfSigned: boolean
  /** ISO 8601. */
  expiresAt: string
}

/** The first certificate of a PEM text. @throws the parser's error when there is none */
export function readCertificate(pem: string): CertificateFacts {
  const certificate = new X509Certificate(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE-----')))
  const names = (certificate.subjectAltName ?? '').split(', ').flatMap((name) => {
    return name.startsWith('DNS:') ? [name.slice('DNS:'.length)] : []
  })
  return {
    names,
    issuer: fieldOf(certificate.issuer, 'O') ?? fieldOf(certificate.issuer, 'CN') ?? 'unknown',
    isSelfSigned: certificate.issuer === certificate.subject,
    expiresAt: certificate.validToDate.toISOString(),
  }
}

/** Whether the private key belongs to the certificate. @throws the parser's error when either is none */
export function belongTogether(certificate: string, key: string): boolean {
  return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
}

/** The host names that a certificate does not hold for. A wildcard stands for one label (RFC 6125, 6.4.3). */
export function uncovered({ names }: Pick<CertificateFacts, 'names'>, domains: readonly string[]): string[] {
  return domains.filter((domain) => {
    const wildcard = domain.replace(/^[^.]+/, '*')
    return !names.includes(domain) && !names.includes(wildcard)
  })
}

function fieldOf(distinguishedName: string, field: string): string | undefined {
  const line = distinguishedName.split('\n').find((part) => part.startsWith(`${field}=`))
  return line?.slice(field.length + 1)
}
