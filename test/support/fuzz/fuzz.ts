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
    await property(input)
    const ms = performance.now() - began
    slowestMs = Math.max(slowestMs, ms)
    cases++
    assert.ok(ms < patienceMs, `it took ${Math.round(ms)} ms`)
  }
  await fc.assert(fc.asyncProperty(inputs, timed), {
    numRuns: runs,
    ...(seed === undefined ? {} : { seed }),
  })
  return { cases, slowestMs }
}
