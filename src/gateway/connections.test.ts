import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { countEstablished } from './connections.ts'

describe('open connections', () => {
  // As /proc/net/tcp shows them: number, local and remote end, state (01 established, 06 TIME_WAIT, 0A listening).
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when
   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000
   1: 020012AC:9C40 030012AC:1F40 01 00000000:00000000 00:00000000
   2: 020012AC:9C41 030012AC:1F40 01 00000000:00000000 00:00000000
   3: 020012AC:9C42 030012AC:1F40 06 00000000:00000000 00:00000000
   4: 020012AC:9C43 040012AC:1F40 01 00000000:00000000 00:00000000
   5: 030012AC:1F40 020012AC:9C44 01 00000000:00000000 00:00000000
`
  test('are those that are established to one of the addresses', () => {
    assert.equal(countEstablished(table, ['172.18.0.3:8000']), 2)
    assert.equal(countEstablished(table, ['172.18.0.3:8000', '172.18.0.4:8000']), 3)
  })
  test('to another port or from the address do not count', () => {
    assert.equal(countEstablished(table, ['172.18.0.3:8001']), 0)
    assert.equal(countEstablished(table, ['172.18.0.2:80']), 0)
  })
  test('are none without addresses or without rows', () => {
    assert.equal(countEstablished(table, []), 0)
    assert.equal(countEstablished('', ['172.18.0.3:8000']), 0)
  })
  test('are found for every address, in the byte order of the kernel', () => {
    const address = fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 65_535 }))
    fc.assert(
      fc.property(address, ([ip, port]) => {
        const bytes = Buffer.from(ip.split('.').map(Number)).reverse().toString('hex').toUpperCase()
        const row = `0: 0100007F:0050 ${bytes}:${port.toString(16).toUpperCase().padStart(4, '0')} 01 x`
        assert.equal(countEstablished(row, [`${ip}:${port}`]), 1)
      }),
    )
  })
})
