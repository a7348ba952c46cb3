import type { Notice } from './notice.ts'
import { write } from './write.ts'

export interface MailServer {
  /** `smtp://` or `smtps://`, with user and password where it wants them. */
  url: string
  /** The sender; the user of the server unless told. */
  from: string | undefined
}

/** Milliseconds. */
const patienceMs = 10_000

/**
 * Sends one message to all recipients.
 * @throws Error when the server does not take it, or would be told a password in clear over a network
 */
export async function sendEmail(
  mail: { id: string; to: string; notice: Notice },
  server: MailServer,
  signal: AbortSignal,
): Promise<void> {
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    ...connectionTo(server.url),
    connectionTimeout: patienceMs,
    greetingTimeout: patienceMs,
    socketTimeout: patienceMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const { id, to, notice } = mail
  const stop = (): void => transport.close()
  signal.addEventListener('abort', stop)
  try {
    await transport.sendMail({
      to,
      from: server.from ?? senderOf(server.url, notice.host),
      ...write(notice),
      // The same for each attempt: who gets it twice can tell.
      messageId: `<${id}@muelle>`,
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Muelle-Event': notice.kind },
    })
  } finally {
    signal.removeEventListener('abort', stop)
    transport.close()
  }
}

/** On the machine itself there is no network on which a password could be read. */
export function connectionTo(address: string) {
  const url = new URL(address)
  const secure = url.protocol === 'smtps:'
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  const user = decodeURIComponent(url.username)
  const auth = user === '' ? undefined : { user, pass: decodeURIComponent(url.password) }
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTLS: auth !== undefined && !secure && !isHere,
    ...(auth === undefined ? {} : { auth }),
  }
}

function senderOf(address: string, host: string): string {
  const user = decodeURIComponent(new URL(address).username)
  return user.includes('@') ? user : `muelle@${host}`
}
