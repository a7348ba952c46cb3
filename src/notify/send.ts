import type { Vault } from '../secrets/vault.ts'
import type { Notification } from '../store/notifications.ts'
import { slackBody, webhookRequest } from './bodies.ts'
import { postStatus, statusOf, statusTokenName } from './commit-status.ts'
import { type MailServer, sendEmail } from './email.ts'
import { post } from './post.ts'

export interface SendOptions {
  vault: Pick<Vault, 'read'>
  /** Of the installation, for apps that have no secret of their own for it. */
  mailServer: { url: string | undefined; from: string | undefined }
  /** Host names that may be private. */
  privateHosts: ReadonlySet<string>
  /** Address of GitHub's API. */
  githubApi: string
  signal: AbortSignal
}

type Sent = Pick<Notification, 'id' | 'app' | 'channel' | 'target' | 'notice'>

/** One attempt. @throws Error, whose message may have secrets in it */
export async function send({ id, app, channel, target, notice }: Sent, options: SendOptions): Promise<void> {
  const { privateHosts: allowed, signal } = options
  const secrets = await options.vault.read(app)
  const secret = (name: string): string | undefined => secrets.get(name)?.value.reveal()
  if (channel === 'email') {
    const server = mailServer(secret, options)
    if (server === undefined) throw new Error(notSet('SMTP_URL', app))
    return sendEmail({ id, to: target, notice }, server, signal)
  }
  if (channel === 'github') {
    const token = secret(statusTokenName)
    if (token === undefined) throw new Error(notSet(statusTokenName, app))
    return postStatus({ target, token }, statusOf(notice), { api: options.githubApi, signal })
  }
  const variable = /^\$\{(\w+)/.exec(target)?.[1]
  const address = variable === undefined ? target : secret(variable)
  if (address === undefined) throw new Error(notSet(variable ?? '', app))
  if (channel === 'slack') return post(address, { body: slackBody(notice), allowed, signal })
  const key = secret('NOTIFY_WEBHOOK_SECRET')
  if (key === undefined) throw new Error(notSet('NOTIFY_WEBHOOK_SECRET', app))
  return post(address, { ...webhookRequest(id, notice, key), allowed, signal })
}

function mailServer(
  secret: (name: string) => string | undefined,
  { mailServer: usual }: SendOptions,
): MailServer | undefined {
  const own = secret('SMTP_URL')
  const url = own ?? usual.url
  return url === undefined ? undefined : { url, from: secret('SMTP_FROM') ?? usual.from }
}

function notSet(name: string, app: string): string {
  return `the secret ${name} is not set: muelle secrets set ${name} --app ${app}`
}
