import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { AgentContext } from '../context.ts'
import type { Route } from './route.ts'
import { appName } from './schemas.ts'

const batch = 500

/** Milliseconds. A proxy on the way may end what is silent for a minute. */
const heartbeatMs = 15_000

/** Bytes that may wait for a reader; one that is slower comes again, from the last event that it saw. */
const mostUnread = 1_000_000

const query = z.object({ app: appName.optional() })

export const getEvents: Route = {
  method: 'GET',
  path: '/v1/events',
  summary:
    'What deployments tell, as Server-Sent Events. With `Last-Event-ID` all since that one (0: all that is kept), else what comes from now on',
  need: 'read',
  query,
  response: z.string(),
  answer: { kind: 'events', stream },
}

function stream(request: FastifyRequest, reply: FastifyReply, context: AgentContext): void {
  const { store } = context
  const { app } = request.query as z.output<typeof query>
  let last = readLastEventId(request.headers['last-event-id']) ?? store.lastEvent()
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    // nginx would keep events until its buffer is full.
    'x-accel-buffering': 'no',
  })
  raw.write('retry: 1000\n\n')
  const send = (): void => {
    for (;;) {
      const events = store.eventsAfter(last, { app, limit: batch })
      for (const event of events) {
        const { id, type } = event
        raw.write(`id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(event)}\n\n`)
        last = id
      }
      if (raw.writableLength > mostUnread) raw.destroy()
      if (events.length < batch || raw.destroyed) return
    }
  }
  const endWatch = context.onWrite(send)
  const heartbeat = setInterval(() => raw.write(': still here\n\n'), heartbeatMs)
  raw.once('close', () => {
    endWatch()
    clearInterval(heartbeat)
  })
  send()
}

function readLastEventId(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined
}
