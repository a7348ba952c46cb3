import { createHash } from 'node:crypto'
import { z } from 'zod'
import { MuelleError } from '../../errors/muelle-error.ts'
import { type Headers, type Sender, senderOf } from './signature.ts'

/** What a delivery says, as far as it matters here. */
export interface Received {
  sender: Sender
  id: string
  /** Hexadecimal SHA-256 of the body. */
  digest: string
  /** `push`, or what else happened. */
  event: string
  push: Push | undefined
}

export interface Push {
  /** In full, such as `refs/heads/main`. */
  ref: string
  commit: string
  isDeleted: boolean
  /** Paths that its commits touch; undefined when the delivery does not tell all of them. */
  paths: readonly string[] | undefined
}

const files = z.array(z.string()).nullish()
const pushSchema = z.object({
  ref: z.string(),
  after: z.string(),
  deleted: z.boolean().optional(),
  forced: z.boolean().optional(),
  commits: z.array(z.object({ added: files, modified: files, removed: files })).nullish(),
  total_commits: z.number().optional(),
  total_commits_count: z.number().optional(),
})

/** GitHub leaves out what is beyond this; the others tell how many there are. */
const mostCommits = 2048

/** Reads a delivery whose signature was looked at. @throws MuelleError REQUEST_INVALID */
export function readDelivery(headers: Headers, bytes: Buffer): Received {
  const sender = senderOf(headers) ?? 'github'
  const digest = createHash('sha256').update(bytes).digest('hex')
  const event = (headers[`x-${sender}-event`] ?? '').toLowerCase().replace(/ hook$/, '')
  const given = nameOf(sender, headers)
  const id = given !== undefined && /^[\w.:-]{1,128}$/.test(given) ? given : digest
  const payload = parsePayload(headers, bytes)
  return { sender, id, digest, event, push: event === 'push' ? readPush(payload) : undefined }
}

/** GitLab's names the event however often it is sent (docs.gitlab.com, "Delivery headers"). */
function nameOf(sender: Sender, headers: Headers): string | undefined {
  if (sender === 'gitlab') return headers['idempotency-key'] ?? headers['x-gitlab-event-uuid']
  return headers[`x-${sender}-delivery`]
}

/** GitHub sends a form unless it is told to send JSON. */
function parsePayload(headers: Headers, bytes: Buffer): unknown {
  const text = bytes.toString('utf8')
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
  try {
    return JSON.parse(isForm ? (new URLSearchParams(text).get('payload') ?? '') : text)
  } catch {
    throw unreadable('it is no JSON')
  }
}

function readPush(payload: unknown): Push {
  const result = pushSchema.safeParse(payload)
  if (!result.success) throw unreadable('it is no push')
  const { ref, after, deleted = false } = result.data
  return { ref, commit: after, isDeleted: deleted || /^0+$/.test(after), paths: pathsOf(result.data) }
}

function pathsOf({ commits, forced, ...totals }: z.output<typeof pushSchema>): string[] | undefined {
  const told = commits ?? []
  const total = totals.total_commits ?? totals.total_commits_count ?? told.length
  // What a forced push takes away is in no commit of it.
  if (forced === true || told.length === 0 || told.length < total || told.length >= mostCommits)
    return undefined
  return told.flatMap(({ added, modified, removed }) => [
    ...(added ?? []),
    ...(modified ?? []),
    ...(removed ?? []),
  ])
}

function unreadable(why: string): MuelleError {
  return new MuelleError('REQUEST_INVALID', `The delivery is signed, but ${why}.`, {
    hint: 'Let the webhook send pushes, as JSON.',
  })
}
