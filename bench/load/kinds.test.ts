import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants } from 'node:http2'
import type { Duplex } from 'node:stream'
import { after, before, suite, test } from 'node:test'
import { type RunningApp, startApp } from '../app/start.ts'
import {
  answerStream,
  type Handler,
  type StreamHandler,
  startHttp2Server,
  startServer,
} from './faulty-server.ts'
import { followEvents } from './kinds/events.ts'
import { sendStreams } from './kinds/http2.ts'
import { asDocumented, talkForLong } from './kinds/long-websocket.ts'
import type { Kind, Result } from './kinds/session.ts'
import { awaitSlowAnswer } from './kinds/slow-answer.ts'
import { uploadSlowly } from './kinds/slow-upload.ts'
import { talkOverWebSocket } from './kinds/websocket.ts'
import { decodeFrames, encodeFrame, opcodes } from './websocket-frames.ts'

const pace = { durationMs: 1000, everyMs: 100, patienceMs: 500 }
const streamPace = { durationMs: 500, everyMs: 50, patienceMs: 500 }
const host = 'app.localhost'

const kinds: Readonly<Record<string, Kind>> = {
  'slow-upload': uploadSlowly,
  'slow-answer': awaitSlowAnswer,
  events: followEvents,
  websocket: talkOverWebSocket,
  'long-websocket': talkForLong,
}

let app: RunningApp
before(async () => {
  app = await startApp()
})
after(() => app[Symbol.asyncDispose]())

/** What became of the one session of that kind with a server that does `handle`. */
async function meet(run: Kind, handle: Handler): Promise<Result | undefined> {
  await using server = await startServer(handle)
  const [result] = await run({ port: server.port, host, tls: false }, pace)
  return result
}

async function meetStreams(handle: StreamHandler): Promise<readonly Result[]> {
  await using server = await startHttp2Server(handle)
  return await sendStreams({ port: server.port, host, tls: true }, streamPace)
}

const losses = (results: readonly Result[]) => results.flatMap(({ lost = [] }) => lost)

/** Calls `fault` for one of every `size`, after the first that are answered, and `well` for the others. */
function oneOf(size: number, fault: StreamHandler, well: StreamHandler = answerStream): StreamHandler {
  let count = 0
  return (...stream) => (++count % size === 0 ? fault(...stream) : well(...stream))
}

/** At once, because they wait more than they compute. */
suite('every kind', { concurrency: true }, () => {
  for (const [name, run] of Object.entries(kinds)) {
    test(`${name}: a healthy app loses nothing, and the version is known`, async () => {
      const [result] = await run({ port: app.port, host, tls: false }, pace)
      const { startedAtMs = 0, endedAtMs = 0, ...rest } = result ?? {}
      assert.ok(endedAtMs - startedAtMs >= pace.durationMs - 10, `${endedAtMs - startedAtMs} ms`)
      assert.partialDeepStrictEqual(rest, { kind: name, version: '1' })
      assert.equal('lost' in rest || 'drained' in rest, false, JSON.stringify(rest))
    })

    test(`${name}: a 502 is lost`, async () => {
      const result = await meet(run, (_, response) => response.writeHead(502).end())
      assert.equal(result?.lost, 'status 502')
    })

    test(`${name}: a reset is lost`, async () => {
      const result = await meet(run, ({ socket }) => setTimeout(() => socket.resetAndDestroy(), 200))
      assert.equal(result?.lost, 'ECONNRESET')
    })

    test(`${name}: a server that is not there is lost`, async () => {
      const [result] = await run({ port: 1, host, tls: false }, pace)
      assert.equal(result?.lost, 'ECONNREFUSED')
    })

    test(`${name}: an answer that never comes is lost`, async () => {
      const result = await meet(run, () => undefined)
      assert.equal(result?.lost, 'no answer within 1.5 s')
    })
  }
})

test('slow-upload: what the app stored is known; the hash of another body is lost', async () => {
  const [stored] = await uploadSlowly({ port: app.port, host, tls: false }, pace)
  assert.match(stored?.code ?? '', /^[0-9a-f]{64}$/)
  assert.equal(typeof stored?.id, 'number')

  const result = await meet(uploadSlowly, async (request, response) => {
    await once(request.resume(), 'end')
    response.end(JSON.stringify({ sha256: createHash('sha256').digest('hex'), id: 1 }))
  })
  assert.equal(result?.lost, 'the hash is of another body')
})

test('slow-upload: a reset in the middle is lost', async () => {
  const result = await meet(uploadSlowly, (request) => {
    let size = 0
    request.on('data', (part: Buffer) => {
      size += part.length
      if (size > 100_000) request.socket.resetAndDestroy()
    })
  })
  assert.match(result?.lost ?? '', /ECONNRESET|EPIPE/)
})

test('slow-answer: an answer that is cut is lost, yet its version is known', async () => {
  const result = await meet(awaitSlowAnswer, (_, response) => {
    response.writeHead(200, { 'content-length': '100', 'x-app-version': '3' }).write('half')
    setTimeout(() => response.destroy(), 50)
  })
  assert.partialDeepStrictEqual(result, { lost: 'ECONNRESET', version: '3' })
})

/** Events with these lines of `id:`, and what `end` does then. */
const events = (ids: readonly number[], end: (response: ServerResponse) => void): Handler => {
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const id of ids) response.write(`id: ${id}\ndata: 1\n\n`)
    end(response)
  }
}

test('events: a stream that is cut, ends without saying so, in the end event, or with a gap is lost', async () => {
  const whole = 'event: end\ndata: 1\n\n'
  const lost = async (handle: Handler) => (await meet(followEvents, handle))?.lost
  assert.equal(await lost(events([1, 2], (response) => response.end(whole))), undefined)
  assert.equal(
    await lost(events([1, 2], (response) => setTimeout(() => response.destroy(), 50))),
    'ECONNRESET',
  )
  assert.equal(await lost(events([1, 2], (response) => response.end())), 'no end event after event 2')
  assert.equal(
    await lost(events([1], (response) => response.end('event: end\nda'))),
    'no end event after event 1',
  )
  assert.equal(await lost(events([1, 3], (response) => response.end(whole))), 'event 2 is missing')
})

/** Accepts a WebSocket and hands it over. */
async function meetWebSocket(talk: (socket: Duplex) => void | Promise<void>): Promise<Result | undefined> {
  await using server = await startServer(() => undefined)
  const sockets: Duplex[] = []
  server.server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
    const accept = createHash('sha1').update(key).digest('base64')
    // The server itself lets go of the connections that it upgrades.
    sockets.push(socket.on('error', () => undefined))
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`)
    socket.write(`Sec-WebSocket-Accept: ${accept}\r\nX-App-Version: 4\r\n\r\n`)
    // What the end of the connection does to the server is not what is tested.
    Promise.resolve(talk(socket)).catch(() => undefined)
  })
  const [result] = await talkOverWebSocket({ port: server.port, host, tls: false }, pace)
  for (const socket of sockets) socket.destroy()
  return result
}

const closeFrame = (code: number) =>
  encodeFrame({ opcode: opcodes.close, payload: Buffer.from([code >> 8, code & 0xff]) }, false)

test('websocket: a server that says it goes away has drained it; any other end is lost', async () => {
  for (const code of [1000, 1001]) {
    const result = await meetWebSocket((socket) => void socket.end(closeFrame(code)))
    assert.partialDeepStrictEqual(result, { drained: true, version: '4' })
    assert.equal(result?.lost, undefined)
  }
  const failed = await meetWebSocket((socket) => void socket.end(closeFrame(1011)))
  assert.partialDeepStrictEqual(failed, { lost: 'closed with 1011', version: '4' })
  const bare = await meetWebSocket((socket) => void socket.end())
  assert.equal(bare?.lost, 'closed with 1006')
  const destroyed = await meetWebSocket((socket) => void setTimeout(() => socket.destroy(), 150))
  assert.match(destroyed?.lost ?? '', /closed with 1006|ECONNRESET/)
})

test('long-websocket: an end without a close frame is no loss after 75 s', () => {
  const ended = (lost: string, seconds: number): Result => {
    return { kind: 'long-websocket', version: '4', lost, startedAtMs: 500, endedAtMs: 500 + 1000 * seconds }
  }
  for (const lost of ['closed with 1006', 'ECONNRESET']) {
    const { cut, lost: none } = asDocumented(ended(lost, 75))
    assert.deepEqual({ cut, none }, { cut: true, none: undefined })
    assert.equal(asDocumented(ended(lost, 74.9)).lost, lost)
  }
  assert.equal(asDocumented(ended('another message came back', 80)).lost, 'another message came back')
})

test('websocket: messages that do not come back, or come back as others, are lost', async () => {
  const other = await meetWebSocket(async (socket) => {
    for await (const { opcode } of decodeFrames(socket))
      socket.write(encodeFrame({ opcode, payload: Buffer.from('other') }, false))
  })
  assert.equal(other?.lost, 'another message came back')

  const silent = await meetWebSocket(async (socket) => {
    for await (const { opcode, payload } of decodeFrames(socket)) {
      if (opcode === opcodes.close) socket.end(encodeFrame({ opcode, payload }, false))
    }
  })
  assert.equal(silent?.lost, '10 messages did not come back')
})

test('http2: a healthy server loses nothing; half of its streams store a code', async () => {
  const sessions = new Set<object>()
  const results = await meetStreams((stream, headers, session) => {
    sessions.add(session)
    return answerStream(stream, headers)
  })
  assert.ok(results.length >= 20, `${results.length} streams`)
  assert.deepEqual(losses(results), [])
  assert.equal(sessions.size, 1)
  const stored = results.filter(({ code }) => code !== undefined)
  assert.equal(stored.length, results.length / 2)
  assert.equal(new Set(stored.map(({ id }) => id)).size, stored.length)
})

test('http2: each stream that is reset after it was sent is lost, whatever the code', async () => {
  for (const name of ['REFUSED_STREAM', 'CANCEL', 'INTERNAL_ERROR', 'NO_ERROR'] as const) {
    let resets = 0
    const results = await meetStreams(
      oneOf(5, (stream) => {
        resets++
        stream.close(constants[`NGHTTP2_${name}`])
      }),
    )
    assert.ok(resets > 2)
    assert.equal(losses(results).length, resets, name)
  }
})

test('http2: a 502, a connection that ends, and an answer that never comes are lost', async () => {
  const errors = await meetStreams(
    oneOf(5, (stream) => stream.respond({ ':status': 502 }, { endStream: true })),
  )
  assert.deepEqual([...new Set(losses(errors))], ['status 502'])
  const ended = await meetStreams(oneOf(9, (stream) => stream.session?.destroy()))
  assert.ok(losses(ended).length > 0)
  const silent = await meetStreams(oneOf(9, () => undefined))
  assert.deepEqual([...new Set(losses(silent))], ['no answer within 0.55 s'])
  const nobody = await sendStreams({ port: 1, host, tls: true }, streamPace)
  assert.equal(losses(nobody).length, nobody.length)
})

test('http2: GOAWAY loses nothing: streams above the last are sent again, those below it end', async () => {
  const sessions = new Set<object>()
  const processed: string[] = []
  const slowly: StreamHandler = async (stream, headers) => {
    processed.push(String(headers[':path']))
    await answerStream(stream, headers)
  }
  const results = await meetStreams((stream, headers, session) => {
    sessions.add(session)
    if (stream.id === 13) session.goaway(constants.NGHTTP2_NO_ERROR, 11)
    if ((stream.id ?? 0) > 11) return
    return slowly(stream, headers, session)
  })
  const retried = results.reduce((sum, result) => sum + (result.retried ?? 0), 0)
  assert.deepEqual(losses(results), [])
  assert.ok(sessions.size > 2, `${sessions.size} sessions`)
  assert.ok(retried >= sessions.size - 1, `${retried} retried`)
  assert.equal(processed.length, results.length, 'each was processed once')
})
