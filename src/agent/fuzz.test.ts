import { test } from 'node:test'
import { fuzzApi, fuzzConnections, fuzzHooks } from '../../test/support/fuzz/api.ts'
import { fuzzNames, fuzzReaders } from '../../test/support/fuzz/names.ts'

/** A sample of `npm run faults -- fuzz`. */
const runs = 1500

test('no request of any form ends in a crash, a 500 or a wait', async () => {
  await fuzzApi({ runs })
})
test('no signed delivery of any form ends in a crash, a 500 or a wait', async () => {
  await fuzzHooks({ runs })
})
test('bytes that are no HTTP are answered or cut off, and those who come after are served', async () => {
  await fuzzConnections({ runs: 200 })
})
test('no name that is taken becomes another word or an option of a program', async () => {
  await fuzzNames({ runs: 3000 })
})
test('no text that is read ends in a crash or a wait', async () => {
  await fuzzReaders({ runs })
})
