import { randomBytes } from 'node:crypto'

/** RFC 6455, section 5.2. */
export const opcodes = { text: 0x1, close: 0x8, ping: 0x9, pong: 0xa } as const

export interface Frame {
  readonly opcode: number
  readonly payload: Buffer
}

const longestShort = 125

/** One frame, for payloads of up to 125 bytes. A client masks its frames, a server does not. */
export function encodeFrame({ opcode, payload }: Frame, masked: boolean): Buffer {
  if (payload.length > longestShort) throw new RangeError(`${payload.length} bytes are too many for a frame`)
  const mask = masked ? randomBytes(4) : Buffer.alloc(0)
  const head = [0x80 | opcode, (masked ? 0x80 : 0) | payload.length]
  return Buffer.concat([Buffer.from(head), mask, xor(payload, mask)])
}

/** The frames in a stream of bytes. @throws when one is longer than `encodeFrame` makes them */
export async function* decodeFrames(bytes: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of bytes) {
    rest = Buffer.concat([rest, chunk])
    for (let end = endOfFrame(rest); end <= rest.length; end = endOfFrame(rest)) {
      yield decode(rest.subarray(0, end))
      rest = rest.subarray(end)
    }
  }
}

function endOfFrame(bytes: Buffer): number {
  if (bytes.length < 2) return Number.POSITIVE_INFINITY
  const length = bytes.readUInt8(1) & 0x7f
  if (length > longestShort) throw new RangeError('a frame is longer than any that was sent')
  return headSize(bytes) + length
}

function decode(frame: Buffer): Frame {
  const size = headSize(frame)
  return { opcode: frame.readUInt8(0) & 0xf, payload: xor(frame.subarray(size), frame.subarray(2, size)) }
}

function headSize(frame: Buffer): number {
  return frame.readUInt8(1) & 0x80 ? 6 : 2
}

function xor(payload: Buffer, mask: Buffer): Buffer {
  return mask.length === 0
    ? payload
    : Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)))
}
