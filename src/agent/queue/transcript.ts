import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type ErrorReport, reportError } from '../../errors/muelle-error.ts'
import type { DeploymentEvent } from '../../events/events.ts'

/** What a command returned, as far as another process can render it. */
export interface Ending {
  data?: unknown
  text?: string
  exitCode?: number
}

/** What a job tells whoever follows it: all that a terminal would have been told, and at the end what it came to. */
export type TranscriptLine =
  | DeploymentEvent
  | { type: 'result'; ending: Ending }
  | { type: 'failure'; error: ErrorReport }

/** Written while the job runs. None of it throws: who watches is no reason for a deployment to fail. */
export interface Transcript {
  event(event: DeploymentEvent): void
  result(ending: Ending): void
  failure(thrown: unknown): void
}

export function transcriptOf(home: string, job: number): string {
  return join(home, 'agent', `job-${job}.events`)
}

/** A line each; that of an earlier process is gone on with. */
export function openTranscript(file: string): Transcript {
  const write = (line: TranscriptLine): void => {
    try {
      appendFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o600 })
    } catch {
      // Its disk may be full.
    }
  }
  // A job that waits for others begins anew each time, and says the same.
  const told = new Set<string>()
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  return {
    event: (event) => {
      if (event.type === 'note' && told.has(event.message)) return
      if (event.type === 'note') told.add(event.message)
      write(event)
    },
    result: ({ data, text, exitCode }) =>
      write({
        type: 'result',
        ending: {
          data,
          ...(text === undefined ? {} : { text }),
          ...(exitCode === undefined ? {} : { exitCode }),
        },
      }),
    failure: (thrown) => write({ type: 'failure', error: reportError(thrown) }),
  }
}

/** Bytes that are read at once. */
const batch = 1_000_000

/** Whole lines from a place on, as they are in the file, each with the place after it. */
export function readTranscript(file: string, from: number): { text: string; next: number }[] {
  const bytes = readFrom(file, from)
  const lines: { text: string; next: number }[] = []
  let at = 0
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, at)) {
    lines.push({ text: bytes.toString('utf8', at, end), next: from + end + 1 })
    at = end + 1
  }
  return lines
}

/** Nothing where the file is not there yet. */
function readFrom(file: string, from: number): Buffer {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return Buffer.alloc(0)
  }
  try {
    // A line that is longer than a batch would never come.
    const size = Math.min(Math.max(0, fstatSync(descriptor).size - from), 64 * batch)
    const bytes = Buffer.alloc(size)
    return bytes.subarray(0, readSync(descriptor, bytes, 0, size, from))
  } finally {
    closeSync(descriptor)
  }
}
