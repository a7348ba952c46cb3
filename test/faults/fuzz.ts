import { parseArgs } from 'node:util'
import { progress, runBench } from '../../bench/run.ts'
import { fuzzApi, fuzzConnections, fuzzHooks } from '../support/fuzz/api.ts'
import type { Fuzzed, FuzzOptions } from '../support/fuzz/fuzz.ts'
import { fuzzNames, fuzzReaders } from '../support/fuzz/names.ts'

/** Inputs of any form to the API, the webhook, and every name that reaches the arguments of a program. */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
  },
})

/** Which part of the inputs each gets. */
const targets: readonly (readonly [string, number, (options: FuzzOptions) => Promise<Fuzzed>])[] = [
  ['requests', 0.35, fuzzApi],
  ['deliveries', 0.2, fuzzHooks],
  ['connections', 0.05, fuzzConnections],
  ['names', 0.25, fuzzNames],
  ['texts', 0.15, fuzzReaders],
]

await runBench(async (interrupted) => {
  let [cases, failed, slowestMs] = [0, 0, 0]
  for (const [title, share, run] of targets) {
    interrupted.throwIfAborted()
    const runs = Math.ceil(share * Number(values.runs))
    try {
      const fuzzed = await run({ runs, seed: Number(values.seed) })
      cases += fuzzed.cases
      slowestMs = Math.max(slowestMs, fuzzed.slowestMs)
      progress(`${title}: ${fuzzed.cases}, the slowest took ${Math.round(fuzzed.slowestMs)} ms`)
    } catch (error) {
      failed++
      progress(`${title}: ${error instanceof Error ? error.message : error}`)
    }
  }
  const result = { cases, failed, slowestMs: Math.round(slowestMs) }
  return { result, passed: failed === 0 && cases >= Number(values.runs) }
})
