import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFrameReader, createLineReader } from './log-stream.ts'

function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8)
  header[0] = stream
  header.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([header, Buffer.from(text)])
}

test('lines of two streams come whole, however the bytes are cut', () => {
  const sent = Buffer.concat([
    frame(1, 'one, ñ'),
    frame(2, 'error\n'),
    frame(1, ' and more\nnext\r\n'),
    frame(1, 'unended'),
  ])
  for (let size = 1; size <= sent.length; size++) {
    const seen: string[] = []
    const read = createFrameReader(createLineReader((line) => seen.push(line)))
    for (let at = 0; at < sent.length; at += size) read(sent.subarray(at, at + size))
    assert.deepEqual(seen, ['error', 'one, ñ and more', 'next'], `${size} bytes at a time`)
  }
})
