import { z } from 'zod'

/** What people can be told of. */
export const noticeKinds = [
  'deployed',
  'failed',
  'rolled-back',
  'backup-failed',
  'certificate-expiring',
] as const

/** An address often is a secret by itself, and then stays the variable that it is in the file. */
const address = z
  .string()
  .regex(
    /^(?:https?:\/\/[^\s"'<>]+|\$\{\w+(?::\?[^}]*)?\})$/,
    'write https://… or, for a secret that is set, its name as a variable',
  )

export const notifySchema = z
  .strictObject({
    email: z.union([z.email(), z.array(z.email()).min(1)]).optional(),
    slack: address.optional(),
    webhook: address.optional(),
    on: z
      .array(z.enum(noticeKinds))
      .min(1)
      .default([...noticeKinds]),
  })
  .prefault({})
  .describe(
    'Who is told what happened. `email`: one address or several, through the mail server in the secret `SMTP_URL` of the app or the variable `MUELLE_SMTP_URL`. `slack`: an incoming webhook of Slack. `webhook`: an address that is sent JSON, signed with the secret `NOTIFY_WEBHOOK_SECRET`. An address that nobody should know is a secret: a variable here, after `muelle secrets set SLACK_URL`. `on`: of what, all unless told.',
  )
