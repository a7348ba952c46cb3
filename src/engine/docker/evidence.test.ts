import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSockets } from './evidence.ts'

const head =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
const line = (address: string, state = '0A'): string =>
  `   0: ${address} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 12345 1 0 100 0 0 10 0`

test('sockets that listen are read, and whether others reach them', () => {
  const text = [
    head,
    line('00000000:1F40'),
    line('0100007F:1F90'),
    head,
    line('00000000000000000000000000000000:0050'),
    line('00000000000000000000000001000000:0051'),
    line('0000000000000000FFFF00000100007F:0052'),
  ].join('\n')
  assert.deepEqual(readSockets(text), [
    { local: false, port: 8000 },
    { local: true, port: 8080 },
    { local: false, port: 80 },
    { local: true, port: 81 },
    { local: true, port: 82 },
  ])
})

test("connections, and Docker's own name server, are none of the app's", () => {
  assert.deepEqual(readSockets([head, line('0200000A:1F40', '01'), line('0B00007F:9C40')].join('\n')), [])
})
