import { readFile, writeFile } from 'node:fs/promises'

/**
 * Let's Encrypt lets each host name fail five times an hour (letsencrypt.org/docs/rate-limits): deployments in a row
 * must not use that up, because the one that mends the cause needs it too.
 */
const failuresAnHour = 3
const hourMs = 3_600_000

export interface Failure {
  /** Milliseconds since the epoch. */
  at: number
  why: string
}

/** When to ask again after these failures, in milliseconds since the epoch; undefined: at once. */
export function nextAttempt(failures: readonly Failure[], now: number): number | undefined {
  const recent = failures.filter(({ at }) => at > now - hourMs)
  const oldest = recent.at(-failuresAnHour)
  return oldest === undefined ? undefined : oldest.at + hourMs
}

/** The failures in a file, oldest first. */
export async function readFailures(file: string): Promise<Failure[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]')
  return JSON.parse(text) as Failure[]
}

export async function noteFailure(file: string, failure: Failure): Promise<void> {
  const last = (await readFailures(file)).slice(1 - failuresAnHour)
  await writeFile(file, JSON.stringify([...last, failure]), { flush: true })
}
