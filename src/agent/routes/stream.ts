import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'

/** Milliseconds. A proxy on the way may end what is silent for a minute. */
const heartbeatMs = 15_000

/** Bytes that may wait for a reader; one that is slower comes again, from the last event that it saw. */
const mostUnread = 1_000_000

export interface EventStream {
  /** @param data one line */
  send(event: { id: number; type: string; data: string }): void
  /** Whether whoever reads has gone, or is too slow. */
  isOver(): boolean
  end(): void
}

/** Server-Sent Events on a connection, for as long as it is open (html.spec.whatwg.org, "Server-sent events"). */
export function openStream(reply: FastifyReply, onClose: () => void): EventStream {
  reply.hijack()
  const { raw }: { raw: ServerResponse } = reply
  raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    // nginx would keep events until its buffer is full.
    'x-accel-buffering': 'no',
  })
  raw.write('retry: 1000\n\n')
  const heartbeat = setInterval(() => raw.write(': still here\n\n'), heartbeatMs)
  raw.once('close', () => {
    clearInterval(heartbeat)
    onClose()
  })
  return {
    send: ({ id, type, data }) => {
      raw.write(`id: ${id}\nevent: ${type}\ndata: ${data}\n\n`)
      if (raw.writableLength > mostUnread) raw.destroy()
    },
    isOver: () => raw.destroyed || raw.writableEnded,
    end: () => raw.end(),
  }
}

export function readLastEventId(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined
}
