/** One request of a visitor, as the gateway's access log has it. */
export interface Visit {
  release: number
  status: number
  /** Milliseconds until the last byte was sent. */
  durationMs: number
}

/** A line of the access log, if it is one of a request to a release of the app. */
export function readVisit(line: string, app: string): Visit[] {
  if (!line.startsWith('{')) return []
  try {
    const entry = JSON.parse(line) as Record<string, unknown>
    if (entry['app'] !== app || entry['release'] === '') return []
    return [
      {
        release: Number(entry['release']),
        status: Number(entry['status']),
        durationMs: Number(entry['duration']) * 1000,
      },
    ]
  } catch {
    // What nginx could not finish writing, as when it was killed.
    return []
  }
}
