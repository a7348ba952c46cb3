import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { NewHead } from '../../store/deliveries.ts'
import type { NewJob } from '../../store/jobs.ts'
import type { AgentContext } from '../context.ts'
import { readDelivery } from '../webhook/delivery.ts'
import { whyIgnored } from '../webhook/filter.ts'
import { isSigned } from '../webhook/signature.ts'
import type { Answered, RawAsked, Route } from './route.ts'
import { ofApp } from './schemas.ts'

export const postHook: Route = {
  method: 'POST',
  path: '/v1/hooks/:app',
  summary: 'A delivery of GitHub, GitLab or Gitea: a push to the branch of the app queues its update',
  need: 'signature',
  params: ofApp,
  response: z.object({
    outcome: z.enum(['queued', 'known', 'ignored']),
    job: z.number().nullable(),
    reason: z.string().optional(),
  }),
  status: 202,
  answer: { kind: 'raw', handle: receive },
}

/** What nobody knows; a delivery for an app without a secret, or for none, is compared with it as any other. */
const noSecret = randomBytes(32).toString('hex')

/** Only queues. The delivery and what it asks for are on the disk before the answer is 202. */
async function receive({ params, headers, bytes }: RawAsked, context: AgentContext): Promise<Answered> {
  const { app = '' } = params
  const secret = await context.webhookSecret(app)
  const isGenuine = isSigned({ headers, bytes }, secret ?? noSecret)
  if (!isGenuine || secret === undefined) throw unsigned()
  const received = readDelivery(headers, bytes)
  const { id, digest, sender, push } = received
  const reason = whyIgnored(received, await context.updateOf(app))
  const askedBy = `${sender} ${id}`
  const head = reason === undefined && push !== undefined ? headOf(push.commit, { app, askedBy }) : undefined
  const kept = context.store.keepDelivery({ app, id, digest, outcome: reason ?? 'queued' }, head)
  if (kept.job !== null) context.wake()
  const actor = `webhook ${askedBy}`
  if (kept.isKnown) return { status: 200, body: { outcome: 'known', job: kept.job }, actor }
  if (reason !== undefined) return { status: 200, body: { outcome: 'ignored', job: null, reason }, actor }
  return { status: 202, body: { outcome: 'queued', job: kept.job }, actor }
}

function headOf(commit: string, who: Pick<NewJob, 'app' | 'askedBy'>): NewHead {
  return { commit, job: { ...who, kind: 'update', request: { commit }, cause: 'webhook' } }
}

/** One answer for all of it: a stranger learns neither which apps there are nor which have a secret. */
function unsigned(): MuelleError {
  return new MuelleError('UNAUTHENTICATED', 'The delivery has no valid signature.', {
    hint: 'Give sender and app the same secret:  muelle secrets set WEBHOOK_SECRET --app APP',
  })
}
