/** One request of a visitor, as the gateway's access log has it. */
export interface Visit {
  release: number
  status: number
  /** Milliseconds until the last byte was sent. */
  durationMs: number
}

/** One request to any app of a pod. */
export interface LoggedRequest extends Omit<Visit, 'release'> {
  app: string
  /** None for what the gateway answered itself, such as a static file. */
  release: number | undefined
}

/** A line of the access log, if it is one of a request to a release of the app. */
export function readVisit(line: string, app: string): Visit[] {
  return readRequest(line).flatMap(({ app: asked, release, ...rest }) =>
    asked === app && release !== undefined ? [{ release, ...rest }] : [],
  )
}

/** A line of the access log, if it is one of a request to an app. */
export function readRequest(line: string): LoggedRequest[] {
  if (!line.startsWith('{')) return []
  try {
    const { app, release, status, duration } = JSON.parse(line) as Record<string, unknown>
    if (typeof app !== 'string') return []
    return [
      {
        app,
        release: release === '' ? undefined : Number(release),
        status: Number(status),
        durationMs: Number(duration) * 1000,
      },
    ]
  } catch {
    // What nginx could not finish writing, as when it was killed.
    return []
  }
}
