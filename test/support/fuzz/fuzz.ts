import assert from 'node:assert/strict'
import fc from 'fast-check'

export interface Fuzzed {
  cases: number
  /** The longest that one of them took. */
  slowestMs: number
}

export interface FuzzOptions {
  runs: number
  seed?: number
}

const patienceMs = 1000

/** Milliseconds of the processor: on a busy machine time goes by in which this process is not even asked. */
const workMs = 500
const longestMs = 15_000

/**
 * Tries a property on many inputs. @throws with the smallest input that breaks it, or that takes longer than a second,
 * and the seed that finds it again
 */
export async function fuzz<T>(
  inputs: fc.Arbitrary<T>,
  { runs, seed }: FuzzOptions,
  property: (input: T) => void | Promise<void>,
): Promise<Fuzzed> {
  let slowestMs = 0
  let cases = 0
  const timed = async (input: T): Promise<void> => {
    const began = performance.now()
    const cpu = process.cpuUsage()
    await property(input)
    const ms = performance.now() - began
    const { user, system } = process.cpuUsage(cpu)
    slowestMs = Math.max(slowestMs, ms)
    cases++
    const isHeldUp = ms < longestMs && (user + system) / 1000 < workMs
    assert.ok(ms < patienceMs || isHeldUp, `it took ${Math.round(ms)} ms`)
  }
  await fc.assert(fc.asyncProperty(inputs, timed), {
    numRuns: runs,
    ...(seed === undefined ? {} : { seed }),
  })
  return { cases, slowestMs }
}
