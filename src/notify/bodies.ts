import { createHmac } from 'node:crypto'
import type { Notice } from './notice.ts'
import { write } from './write.ts'

/** What Slack's incoming webhooks take (docs.slack.dev, "Formatting message text"); these characters mean something. */
export function slackBody(notice: Notice): string {
  const { subject, text } = write(notice)
  const [, ...rest] = text.split('\n\n')
  const body = rest.join('\n\n').replaceAll('```', "'''")
  return JSON.stringify({ text: escaped(`*${subject}*\n\`\`\`${body.slice(-2800)}\`\`\``) })
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** The body of a webhook, and what its receiver checks: HMAC-SHA256 over the raw bytes, as GitHub signs. */
export function webhookRequest(id: string, notice: Notice, secret: string) {
  const body = JSON.stringify({ id, ...notice, text: write(notice).subject })
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  const headers = {
    'X-Muelle-Event': notice.kind,
    'X-Muelle-Delivery': id,
    'X-Muelle-Signature-256': `sha256=${signature}`,
  }
  return { body, headers }
}
