import type { Addressee, Notifier } from '../../notify/notifier.ts'
import type { CertificateFacts } from './read.ts'

/** Renewal begins a month before the end, so what is left by then was not renewed for two weeks. */
const soonMs = 14 * 86_400_000

/** Tells that a certificate which browsers trust ends soon. */
export async function tellExpiring(
  found: { certificate: CertificateFacts | undefined; domains: readonly string[]; now: Date },
  app: Addressee,
  { notifier }: { notifier: Notifier },
): Promise<void> {
  const { certificate, domains, now } = found
  if (certificate === undefined || certificate.isSelfSigned) return
  const left = Date.parse(certificate.expiresAt) - now.getTime()
  if (left > soonMs) return
  const day = certificate.expiresAt.slice(0, 10)
  await notifier.tell(app, {
    kind: 'certificate-expiring',
    message: `The certificate of ${domains.join(', ')} ${left > 0 ? 'ends' : 'ended'} on ${day}.`,
    next: `muelle certificates --renew --app ${app.name}`,
  })
}
