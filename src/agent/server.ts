import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { MuelleError } from '../errors/muelle-error.ts'
import type { AuditEntry } from '../store/access.ts'
import { type Actor, hashToken, isForeign, local, mayDo, readBearer } from './access.ts'
import { batched } from './batched.ts'
import type { AgentContext } from './context.ts'
import { describeProblem } from './problem.ts'
import { routes } from './routes/all.ts'
import type { Route } from './routes/route.ts'

declare module 'fastify' {
  interface FastifyRequest {
    actor: Actor
  }
}

/** `socket`: only the owner of the state folder gets this far. `network`: anyone may; `gateway`: through nginx. */
export type Listener = 'socket' | 'network' | 'gateway'

/** Bytes; GitHub caps deliveries at 25 MB and a push of 2,048 commits is below this. */
const bodyLimit = 1_000_000

/** Requests a minute. Nobody guesses 256 bits, but somebody may try, and each failure is written down. */
const limits = { known: 12_000, hook: 1200, stranger: 60 }

/** Milliseconds. Each write waits for the disk, so what comes in a burst is written together. */
const auditMs = 50

type AuditLine = Pick<AuditEntry, 'actor' | 'action' | 'outcome'>

const nobody: Actor = { name: 'nobody', scope: 'none' }

/** The API on one listener. Denies what no route allows; a route allows what it says in `need`. */
export async function createServer(context: AgentContext, listener: Listener): Promise<FastifyInstance> {
  const server = fastify({
    bodyLimit,
    // A request has to arrive whole in this time, so that slow ones do not pile up.
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    // nginx says who asks, and takes nobody else's word for it.
    trustProxy: listener === 'gateway',
    routerOptions: { maxParamLength: 200 },
    // Fastify's own would load a compiler of JSON Schema, which costs an idle agent some 6 MB.
    schemaController: {
      compilersFactory: { buildValidator: () => compileValidator as never, buildSerializer },
    },
  })
  server.decorateRequest('actor')
  server.setErrorHandler((error, _, reply) => answerProblem(error, reply, context))
  keepBytes(server)
  server.addHook('onRequest', async (request) => {
    recognise(request, context, listener)
  })
  if (listener !== 'socket') await limitRates(server)
  const counted = listener !== 'socket' ? [server.rateLimit()] : []
  server.setNotFoundHandler({ preHandler: [...counted, refuseStrangers] }, (request) => {
    throw new MuelleError(
      'REQUEST_UNKNOWN',
      `There is nothing at ${request.method} ${request.url.slice(0, 200)}.`,
      {
        hint: 'See what there is:  GET /v1/openapi.json',
      },
    )
  })
  const written = batched<AuditLine>(auditMs, (lines) => context.store.audit(...lines), context.report)
  server.addHook('onResponse', async (request, reply) => note(request, reply, written.add))
  server.addHook('onClose', async () => written.flush())
  for (const route of routes) declare(server, route, context)
  return server
}

/** Bodies stay bytes until a route's own handler reads them, because signatures are made over bytes. */
function keepBytes(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
}

function recognise(request: FastifyRequest, { store }: AgentContext, listener: Listener): void {
  if (listener === 'socket') {
    request.actor = local
    return
  }
  const token = readBearer(request.headers.authorization)
  const hash = token === undefined ? '' : hashToken(token)
  const found = token === undefined ? undefined : store.findToken(hash)
  request.actor = nobody
  if (found === undefined) return
  const scope = found.expiresAt === null ? found.scope : 'setup'
  request.actor = { name: `token ${found.name}`, scope, hash }
  store.touchToken(found.name)
}

async function limitRates(server: FastifyInstance): Promise<void> {
  const { default: rateLimit } = await import('@fastify/rate-limit')
  await server.register(rateLimit, {
    timeWindow: '1 minute',
    keyGenerator: (request) =>
      request.actor.scope === 'none' ? `${kindOf(request)} ${request.ip}` : request.actor.name,
    max: (request) => (request.actor.scope === 'none' ? limits[kindOf(request)] : limits.known),
    errorResponseBuilder: () =>
      new MuelleError('RATE_LIMITED', 'Too many requests in a minute.', { hint: 'Wait for a minute.' }),
  })
}

function kindOf(request: FastifyRequest): 'hook' | 'stranger' {
  return request.routeOptions.url?.startsWith('/v1/hooks/') === true ? 'hook' : 'stranger'
}

/** What is there is nobody's business who may not read. */
async function refuseStrangers(request: FastifyRequest): Promise<void> {
  allow(request, 'read')
}

/** @throws MuelleError UNAUTHENTICATED or FORBIDDEN */
function allow(request: FastifyRequest, need: Route['need']): void {
  if (need !== 'signature' && isForeign(request.headers))
    throw new MuelleError('FORBIDDEN', 'A page of another site may not ask the agent.', {
      hint: 'Ask from a program, or from a page of the agent itself.',
    })
  if (mayDo(request.actor, need)) return
  if (request.actor.scope === 'none')
    throw new MuelleError('UNAUTHENTICATED', 'A token is needed:  Authorization: Bearer muelle_…', {
      hint: 'Make one:  muelle agent token add NAME --scope read',
    })
  if (need === 'local') {
    throw new MuelleError('FORBIDDEN', 'Only the command line of this machine may do this.', {
      hint: 'Run the command where the agent runs, or with:  muelle --host ssh://USER@SERVER COMMAND',
    })
  }
  if (need === 'setup') {
    throw new MuelleError('FORBIDDEN', 'This needs a set-up token.', {
      hint: 'Make one:  muelle agent token setup',
    })
  }
  throw new MuelleError(
    'FORBIDDEN',
    `This needs the scope ${need}; ${request.actor.name} has ${request.actor.scope}.`,
    {
      hint: `Make a token that may:  muelle agent token add NAME --scope ${need}`,
    },
  )
}

function declare(server: FastifyInstance, route: Route, context: AgentContext): void {
  const { method, path, params, query, need } = route
  const schema = {
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
  }
  server.route({
    method,
    url: path,
    schema,
    // After the count of requests, and before the body is read.
    preParsing: async (request) => allow(request, need),
    handler: (request, reply) => answer(route, { request, reply }, context),
  })
}

async function answer(
  { answer, body, response, status = 200 }: Route,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  context: AgentContext,
): Promise<unknown> {
  const params = request.params as Readonly<Record<string, string>>
  if (answer.kind === 'events') {
    answer.stream(request, reply, context)
    return reply
  }
  if (answer.kind === 'text') return reply.type(answer.type).send(await answer.handle(context))
  if (answer.kind === 'raw') {
    const headers = request.headers as Readonly<Record<string, string | undefined>>
    const answered = await answer.handle({ params, headers, bytes: bytesOf(request) }, context)
    request.actor = { name: answered.actor, scope: 'none' }
    return reply.code(answered.status).send(answered.body)
  }
  const asked = { params, query: request.query, actor: request.actor, body: readBody(body, request) } as never
  // Nothing leaves that the schema does not name.
  return reply.code(status).send(response.parse(await answer.handle(asked, context)))
}

function bytesOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0)
}

/** @throws MuelleError REQUEST_INVALID */
function readBody(schema: z.ZodType | undefined, request: FastifyRequest): unknown {
  if (schema === undefined) return undefined
  const bytes = bytesOf(request)
  let value: unknown = {}
  try {
    if (bytes.length > 0) value = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new MuelleError('REQUEST_INVALID', 'The body is no JSON.', { hint: 'Send an object, or nothing.' })
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw invalid(result.error)
}

function compileValidator({ schema }: { schema: unknown }) {
  return (data: unknown) => {
    const result = (schema as z.ZodType).safeParse(data)
    return result.success ? { value: result.data } : { error: invalid(result.error) }
  }
}

function buildSerializer() {
  return () => (data: unknown) => JSON.stringify(data)
}

function invalid({ issues }: z.ZodError): MuelleError {
  const message = issues
    .map((issue) => `${issue.path.join('.') || 'the request'}: ${issue.message}`)
    .join('; ')
  return new MuelleError('REQUEST_INVALID', message, { hint: 'See what there is:  GET /v1/openapi.json' })
}

function answerProblem(error: unknown, reply: FastifyReply, { report }: AgentContext): FastifyReply {
  const problem = describeProblem(error)
  if (problem.status >= 500) report(error)
  return reply.code(problem.status).type('application/problem+json').send(problem)
}

/** Who did what, and who was refused; who only looked is left out. */
function note(request: FastifyRequest, reply: FastifyReply, write: (line: AuditLine) => void): void {
  const { method, actor, routeOptions } = request
  // One that comes too often is not written down: each line waits for the disk.
  const isRefused = [401, 403].includes(reply.statusCode)
  if ((method === 'GET' && !isRefused) || reply.statusCode === 429) return
  // Of an address that there is not, only that it was asked for: it may be of any length and hold anything.
  const action = `${method} ${routeOptions.url === undefined ? '(unknown)' : request.url.slice(0, 200)}`
  const name = actor.scope === 'none' ? `${actor.name} ${request.ip}` : actor.name
  write({ actor: name, action, outcome: String(reply.statusCode) })
}
