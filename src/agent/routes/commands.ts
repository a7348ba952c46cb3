import { existsSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { AgentContext } from '../context.ts'
import { knownJob, stopJob } from '../queue/stop.ts'
import { readTranscript } from '../queue/transcript.ts'
import { type Route, route } from './route.ts'
import { appName, id, job } from './schemas.ts'
import { openStream, readLastEventId } from './stream.ts'

export const getAgent = route({
  method: 'GET',
  path: '/v1/agent',
  summary: 'Which version of the agent answers, and since when',
  need: 'read',
  response: z.object({
    version: z.string(),
    startedAt: z.string(),
    port: z.number().optional(),
    domain: z.string().optional(),
    email: z.string().optional(),
  }),
  handle: async (_, { version, startedAt, port, entrance }) => ({ version, startedAt, port, ...entrance }),
})

const path = z.string().refine(isAbsolute, 'is no absolute path')

export const postReplace = route({
  method: 'POST',
  path: '/v1/agent/replace',
  summary: 'Let another version of Muelle go on in the place of this one; for the socket only',
  need: 'local',
  body: z.object({
    file: path.describe('The Node that runs it'),
    main: path.describe('Its main.ts'),
  }),
  response: z.object({ replacing: z.string() }),
  status: 202,
  handle: async ({ body }, { replace, version }) => {
    refuseMissing([body.file, body.main])
    replace(body)
    return { replacing: version }
  },
})

/** What the command line hands over. */
const handedKinds = [
  'up',
  'promote',
  'update',
  'rollback',
  'restart',
  'scale',
  'backup',
  'drill',
  'restore',
  'rehearse',
  'run',
] as const

const command = z.object({
  kind: z.enum(handedKinds),
  app: appName,
  argv: z.array(z.string()).min(1),
  cwd: path,
  folder: path.optional().describe('A folder that it reads'),
  env: z.record(z.string(), z.string()).describe('The environment of the process, which nothing keeps'),
  key: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('The same for what is the same'),
  by: z.string().max(100).describe('Who asks, for people'),
  beside: id.optional().describe('A job that is not followed though it has the same key'),
})

export const postCommand = route({
  method: 'POST',
  path: '/v1/commands',
  summary: 'Carry out a command of the command line, or find the job that is doing so; for the socket only',
  need: 'local',
  body: command,
  response: z.object({ job: z.number(), createdAt: z.string(), isUnderWay: z.boolean() }),
  status: 202,
  handle: async ({ body }, context) => {
    const { kind, app, key, by, argv, cwd, folder = cwd, env, beside = 0 } = body
    const { store } = context
    refuseMissing([cwd, folder])
    const found = store
      .jobs({ app, before: Number.MAX_SAFE_INTEGER, limit: 50 })
      .find(({ id, request, endedAt }) => endedAt === null && request['key'] === key && id > beside)
    if (found !== undefined) return { job: found.id, createdAt: found.createdAt, isUnderWay: true }
    const asked = { app, kind, request: { key }, cause: 'command', askedBy: by } as const
    const number = context.begin(asked, { argv, cwd, env })
    return { job: number, createdAt: knownJob(number, store).createdAt, isUnderWay: false }
  },
})

/** In a container the agent sees only what was mounted. @throws MuelleError REQUEST_INVALID */
function refuseMissing(paths: readonly string[]): void {
  const missing = paths.find((path) => !existsSync(path))
  if (missing === undefined) return
  throw new MuelleError('REQUEST_INVALID', `The agent does not see ${missing} where it runs.`, {
    hint: 'Mount it there under the same path.',
  })
}

export const postStop = route({
  method: 'POST',
  path: '/v1/jobs/:id/stop',
  summary: 'Let a job end early and take back what it has started',
  need: 'deploy',
  params: z.object({ id }),
  response: job,
  status: 202,
  handle: async ({ params, actor }, { store }) => stopJob(params.id, actor.name, store),
})

/** Milliseconds between two looks at what a job has told. */
const lookMs = 100

export const getJobEvents: Route = {
  method: 'GET',
  path: '/v1/jobs/:id/events',
  summary:
    'All that a job tells, from its beginning or after `Last-Event-ID`, as Server-Sent Events; the last one is `end`',
  need: 'read',
  params: z.object({ id }),
  response: z.string(),
  answer: { kind: 'events', stream },
}

function stream(request: FastifyRequest, reply: FastifyReply, { store, transcript }: AgentContext): void {
  const { id } = request.params as { id: number }
  knownJob(id, store)
  let last = readLastEventId(request.headers['last-event-id']) ?? 0
  const look = (): void => {
    // Asked first: what it told before it ended is in the file by then.
    const { endedAt, state, error } = knownJob(id, store)
    const lines = readTranscript(transcript(id), last)
    for (const { text, next } of lines) {
      events.send({ id: next, type: 'told', data: text })
      last = next
    }
    if (endedAt === null) return
    events.send({ id: last, type: 'end', data: JSON.stringify({ state, error }) })
    events.end()
  }
  const timer = setInterval(() => {
    try {
      if (!events.isOver()) look()
    } catch {
      // Forgotten meanwhile, or a database that is locked; whoever reads comes again.
      events.end()
    }
  }, lookMs)
  const events = openStream(reply, () => clearInterval(timer))
  look()
}
