import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { AgentContext } from '../context.ts'
import type { Route } from './route.ts'
import { appName } from './schemas.ts'
import { openStream, readLastEventId } from './stream.ts'

const batch = 500

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
  const events = openStream(reply, () => endWatch())
  const send = (): void => {
    for (;;) {
      const found = store.eventsAfter(last, { app, limit: batch })
      for (const event of found) {
        const { id, type } = event
        events.send({ id, type, data: JSON.stringify(event) })
        last = id
      }
      if (found.length < batch || events.isOver()) return
    }
  }
  const endWatch = context.onWrite(send)
  send()
}
