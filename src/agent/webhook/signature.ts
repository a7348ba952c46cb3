import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export type Headers = Readonly<Record<string, string | undefined>>

export type Sender = 'github' | 'gitlab' | 'gitea'

/** Who sends, by the header in which each names the event. Gitea (and Forgejo) also sends those of GitHub. */
export function senderOf(headers: Headers): Sender | undefined {
  if (headers['x-gitea-event'] !== undefined) return 'gitea'
  if (headers['x-gitlab-event'] !== undefined) return 'gitlab'
  return headers['x-github-event'] === undefined ? undefined : 'github'
}

/**
 * Whether whoever sent these bytes knows the secret, in a time that tells nothing about it. GitHub and Gitea sign the body
 * with HMAC-SHA256 (docs.github.com, "Validating webhook deliveries"; docs.gitea.com, "Webhooks"); GitLab sends the secret
 * itself (docs.gitlab.com, "Webhooks"), so it needs TLS to be one.
 */
export function isSigned({ headers, bytes }: { headers: Headers; bytes: Buffer }, secret: string): boolean {
  const mac = createHmac('sha256', secret).update(bytes).digest('hex')
  switch (senderOf(headers)) {
    case 'github':
      return isSame(headers['x-hub-signature-256'], `sha256=${mac}`)
    case 'gitea':
      return isSame(headers['x-gitea-signature'], mac)
    case 'gitlab':
      return isSame(headers['x-gitlab-token'], secret)
    case undefined:
      return false
  }
}

/** Of digests, which have one length: `timingSafeEqual` refuses others, and a refusal tells. */
function isSame(given: string | undefined, expected: string): boolean {
  const [a, b] = [given ?? '', expected].map((text) => createHash('sha256').update(text).digest())
  return given !== undefined && a !== undefined && b !== undefined && timingSafeEqual(a, b)
}
