import { createHash, randomBytes } from 'node:crypto'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { addAbortSignal, type Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { openRequest, type Target, versionOf } from '../request.ts'
import { decodeFrames, encodeFrame, opcodes } from '../websocket-frames.ts'
import { type Pace, type Result, session } from './session.ts'

/** RFC 6455, section 1.3. */
const keySuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** RFC 6455, section 7.4.1. */
const normal = 1000
const goingAway = 1001
const noCode = 1005
const noCloseFrame = 1006

/**
 * A message every `everyMs` for `durationMs`; each must come back. A close frame of a server that goes away
 * is no loss, for it tells the client to open another WebSocket. Any other end before ours is.
 *
 * By hand, because the global WebSocket neither shows the headers of the handshake nor takes a certificate
 * that it cannot verify.
 */
export async function talkOverWebSocket(target: Target, pace: Pace): Promise<Result[]> {
  const result = await session('websocket', pace, async (outcome, signal) => {
    const key = randomBytes(16).toString('base64')
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': key,
    }
    const request = openRequest(target, { method: 'GET', path: '/ws', headers, signal })
    const { answer, socket } = await upgrade(request)
    outcome.version = versionOf(answer)
    const accept = createHash('sha1')
      .update(key + keySuffix)
      .digest('base64')
    if (answer.headers['sec-websocket-accept'] !== accept) throw new Error('the handshake is of another key')
    if ((await converse(addAbortSignal(signal, socket), pace)) === 'drained') outcome.drained = true
  })
  return [result]
}

function upgrade(request: ClientRequest): Promise<{ answer: IncomingMessage; socket: Duplex }> {
  return new Promise((resolve, reject) => {
    request.on('error', reject)
    request.on('response', (answer) => request.destroy(new Error(`status ${answer.statusCode}`)))
    request.on('upgrade', (answer, socket, head) => {
      socket.unshift(head)
      resolve({ answer, socket })
    })
    request.end()
  })
}

/** What we have said so far. */
interface Said {
  /** Messages that have not come back yet. */
  readonly messages: string[]
  close: boolean
}

/** @throws when a message does not come back, or the end is neither ours nor that of a server that goes away */
async function converse(socket: Duplex, pace: Pace): Promise<'drained' | 'done'> {
  const said: Said = { messages: [], close: false }
  const ended = new AbortController()
  const talking = talk(socket, said, pace, ended.signal)
  try {
    for await (const { opcode, payload } of decodeFrames(socket)) {
      if (opcode === opcodes.close) return said.close ? done(said) : await drained(socket, payload)
      if (opcode === opcodes.ping) send(socket, opcodes.pong, payload)
      if (opcode === opcodes.text && payload.toString() !== said.messages.shift())
        throw new Error('another message came back')
    }
    throw new Error(`closed with ${noCloseFrame}`)
  } finally {
    ended.abort()
    await talking
  }
}

async function talk(socket: Duplex, said: Said, pace: Pace, ended: AbortSignal): Promise<void> {
  for (let sentMs = 0; sentMs < pace.durationMs; sentMs += pace.everyMs) {
    const message = `message at ${sentMs}`
    said.messages.push(message)
    send(socket, opcodes.text, Buffer.from(message))
    await sleep(pace.everyMs, undefined, { signal: ended }).catch(() => undefined)
    if (ended.aborted) return
  }
  said.close = true
  send(socket, opcodes.close, closePayload(normal))
}

/** The server answers in order: its close frame comes after the last message. */
function done({ messages }: Said): 'done' {
  if (messages.length > 0) throw new Error(`${messages.length} messages did not come back`)
  return 'done'
}

async function drained(socket: Duplex, payload: Buffer): Promise<'drained'> {
  const code = payload.length < 2 ? noCode : payload.readUInt16BE(0)
  if (code !== normal && code !== goingAway) throw new Error(`closed with ${code}`)
  await new Promise<void>((resolve) =>
    socket.end(encodeFrame({ opcode: opcodes.close, payload }, true), () => resolve()),
  )
  return 'drained'
}

function send(socket: Duplex, opcode: number, payload: Buffer): void {
  socket.write(encodeFrame({ opcode, payload }, true))
}

function closePayload(code: number): Buffer {
  const payload = Buffer.alloc(2)
  payload.writeUInt16BE(code)
  return payload
}
