import { z } from 'zod'
import { scopes } from '../../store/access.ts'

/** What Compose allows as a project name (docs.docker.com, "Specify a project name"). */
export const appName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'is no name of an app')

export const ofApp = z.object({ app: appName })

export const id = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER)

/** Newest first: the next page is what is before the last id of this one. */
export const paging = z.object({
  before: id.default(Number.MAX_SAFE_INTEGER),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

/** `next`: what to give as `before` for the next page; null on the last one. */
export const page = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next: z.number().nullable() })

/** @param items at most `limit`, newest first */
export function toPage<T>(items: readonly T[], limit: number, idOf: (item: T) => number) {
  const last = items.at(-1)
  return { items: [...items], next: items.length < limit || last === undefined ? null : idOf(last) }
}

const failure = z.object({
  code: z.string(),
  message: z.string(),
  cause: z.object({ id: z.string(), text: z.string() }).optional(),
  hint: z.string().optional(),
  log: z.array(z.string()).readonly(),
})

export const deployment = z.object({
  id: z.number(),
  app: z.string(),
  kind: z.string(),
  from: z.number().nullable(),
  to: z.number().nullable(),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  outcome: z.enum(['running', 'succeeded', 'failed', 'interrupted']),
  job: z.number().nullable(),
  error: failure.nullable(),
})

export const job = z.object({
  id: z.number(),
  app: z.string(),
  kind: z.string(),
  cause: z.string(),
  askedBy: z.string(),
  state: z.enum(['waiting', 'starting', 'running', 'succeeded', 'failed', 'superseded']),
  attempt: z.number(),
  runner: z.string().describe('Process id and start time of the process that has it'),
  notBefore: z.string().nullable().describe('When one that failed for a passing reason is tried again'),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  error: failure.nullable(),
  stopAskedBy: z.string().nullable().describe('Who wants it to end and be taken back'),
})

export const scope = z.enum(scopes)
