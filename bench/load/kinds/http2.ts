import { randomUUID } from 'node:crypto'
import http2 from 'node:http2'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'
import { nowMs } from '../../clock.ts'
import { itemOf } from '../item.ts'
import type { Outcome } from '../outcome.ts'
import { localhost, requireSuccess, type Target } from '../request.ts'
import { itemRoutes } from '../routes.ts'
import { type Pace, type Result, session } from './session.ts'

const concurrentStreams = 4
/** A server that refuses this often in a row serves nobody. */
const maxRetries = 3

interface Connection {
  readonly session: http2.ClientHttp2Session
  /** The highest stream that the server may have processed, once it has sent GOAWAY. */
  lastStreamId?: number
}

interface Outgoing {
  readonly headers: http2.OutgoingHttpHeaders
  readonly body?: string
}

/**
 * Several streams at a time for `durationMs`, on one HTTP/2 session for as long as the server keeps it. Each
 * is a result of its own.
 */
export async function sendStreams(
  target: Target,
  { durationMs, everyMs, patienceMs }: Pace,
): Promise<Result[]> {
  const endMs = nowMs() + durationMs
  const connect = connections(target)
  const streamPace = { durationMs: everyMs, everyMs, patienceMs }
  const streams = Array.from({ length: concurrentStreams }, async () => {
    const results: Result[] = []
    while (nowMs() < endMs) {
      results.push(await sendItem(connect, streamPace))
      const paced = sleep(everyMs)
      results.push(await sendSlow(connect, streamPace))
      // A slow stream that fails at once is not followed by a flood of others.
      await paced
    }
    return results
  })
  const results = (await Promise.all(streams)).flat()
  connect().session.close()
  return results
}

function sendItem(connect: () => Connection, pace: Pace): Promise<Result> {
  return session('http2', pace, async (outcome, signal) => {
    outcome.code = `http2-${randomUUID()}`
    const { headers, body } = itemOf(outcome.code)
    const outgoing = { headers: { ':method': 'POST', ':path': itemRoutes.post, ...headers }, body }
    outcome.id = JSON.parse(await sendUntilProcessed(connect, outgoing, { outcome, signal })).id
  })
}

/** Long enough to be under way when a GOAWAY comes. */
function sendSlow(connect: () => Connection, pace: Pace): Promise<Result> {
  return session('http2', pace, async (outcome, signal) => {
    const headers = { ':path': `/slow?seconds=${pace.durationMs / 1000}` }
    await sendUntilProcessed(connect, { headers }, { outcome, signal })
  })
}

/** The connection to use: the same one until the server or an error ends it. */
function connections(target: Target): () => Connection {
  let current: Connection | undefined
  return () => {
    if (current && !current.session.closed && !current.session.destroyed) return current
    const opened: Connection = { session: openSession(target) }
    // Every stream that the error ends tells of it.
    opened.session.on('error', () => undefined)
    opened.session.on('goaway', (_, lastStreamId) => {
      opened.lastStreamId = lastStreamId
    })
    current = opened
    return opened
  }
}

/** With the host as `:authority` and SNI. */
function openSession({ address = localhost, host, port }: Target): http2.ClientHttp2Session {
  const options = {
    host: address,
    port,
    servername: host,
    rejectUnauthorized: false,
    ALPNProtocols: ['h2'],
  }
  return http2.connect(`https://${host}:${port}`, { createConnection: () => tls.connect(options) })
}

/** @returns the body of the answer. @throws when the stream is lost */
async function sendUntilProcessed(
  connect: () => Connection,
  { headers, body }: Outgoing,
  { outcome, signal }: { outcome: Outcome; signal: AbortSignal },
): Promise<string> {
  for (let retried = 0; ; retried++) {
    if (retried > 0) outcome.retried = retried
    const connection = connect()
    const stream = connection.session.request(headers, { signal }).end(body)
    try {
      return await readAnswer(stream, outcome)
    } catch (error) {
      if (retried === maxRetries || !isUnprocessed(stream, connection)) throw error
    }
  }
}

/**
 * RFC 9113, section 6.8: streams above the last one that GOAWAY names were not and will not be processed,
 * so that they may be sent again. Without an identifier, a stream was never sent.
 */
function isUnprocessed({ id }: http2.ClientHttp2Stream, { lastStreamId }: Connection): boolean {
  return lastStreamId !== undefined && (id === undefined || id > lastStreamId)
}

async function readAnswer(stream: http2.ClientHttp2Stream, outcome: Outcome): Promise<string> {
  let status: number | undefined
  stream.on('response', (headers) => {
    status = headers[':status']
    outcome.version = String(headers['x-app-version'] ?? '')
  })
  const closed = new Promise((resolve) => stream.once('close', resolve))
  const [body] = await Promise.allSettled([text(stream), closed])
  if (body.status === 'rejected') throw body.reason
  // Also when the connection ended. It is the one reset that Node takes for an ordinary end.
  if (stream.rstCode === http2.constants.NGHTTP2_CANCEL) throw new Error('the stream was cancelled')
  requireSuccess(status)
  return body.value
}
