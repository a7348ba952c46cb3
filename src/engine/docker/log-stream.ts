import type { LogLine, LogOptions } from '../port.ts'
import type { EngineApi } from './api.ts'

/** Reads what a container wrote, and, with `follow`, goes on until it ends or the signal comes. */
export async function streamLogs(
  api: EngineApi,
  id: string,
  options: LogOptions & { isTerminal: boolean; redact: (line: string) => string },
): Promise<void> {
  const { since, tail, follow, signal, isTerminal, redact, onLine } = options
  const query = {
    stdout: true,
    stderr: true,
    timestamps: true,
    follow,
    ...(since === undefined ? {} : { since }),
    ...(tail === undefined ? {} : { tail }),
  }
  const answer = await api.stream(`/containers/${id}/logs`, query, signal)
  const lines = createLineReader((line) => {
    const { at, text } = readStamped(line)
    onLine({ at, text: redact(text) })
  })
  const frames = isTerminal ? lines : createFrameReader(lines)
  try {
    for await (const part of answer) frames(part as Buffer)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** Docker puts the time in front, in nanoseconds. */
function readStamped(line: string): LogLine {
  const space = line.indexOf(' ')
  return space === -1 ? { at: line, text: '' } : { at: line.slice(0, space), text: line.slice(space + 1) }
}

const headerBytes = 8

/** Takes the frames apart in which both streams of a container come (Docker Engine API, "Attach to a container"). */
export function createFrameReader(write: (bytes: Buffer, stream: number) => void): (part: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (part) => {
    rest = rest.length === 0 ? part : Buffer.concat([rest, part])
    while (rest.length >= headerBytes) {
      const end = headerBytes + rest.readUInt32BE(4)
      if (rest.length < end) return
      write(rest.subarray(headerBytes, end), rest[0] ?? 0)
      rest = rest.subarray(end)
    }
  }
}

/** Puts lines together, of each stream by itself; what ends without a line break is no line yet. */
export function createLineReader(onLine: (line: string) => void): (bytes: Buffer, stream?: number) => void {
  const begun = new Map<number, Buffer>()
  return (bytes, stream = 0) => {
    let rest = Buffer.concat([begun.get(stream) ?? Buffer.alloc(0), bytes])
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      onLine(rest.subarray(0, end).toString().replace(/\r$/, ''))
      rest = rest.subarray(end + 1)
    }
    begun.set(stream, rest)
  }
}
