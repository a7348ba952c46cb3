interface Ages {
  /** Milliseconds after which an answer is asked for anew; whoever asks meanwhile has the one before. */
  freshMs: number
  /** Milliseconds after which nobody is given an answer any more. */
  mostMs: number
}

/**
 * The same answer for everyone who asks in a while, and one question for all who wait for it. Where many ask, nobody
 * waits but the first.
 */
export function remembered<T>({ freshMs, mostMs }: Ages, ask: () => Promise<T>): () => Promise<T> {
  let last: { answer: T; at: number } | undefined
  let asking: Promise<T> | undefined
  const anew = (): Promise<T> => {
    asking ??= ask()
      .then((answer) => {
        last = { answer, at: performance.now() }
        return answer
      })
      .finally(() => {
        asking = undefined
      })
    return asking
  }
  return async () => {
    const age = last === undefined ? Number.POSITIVE_INFINITY : performance.now() - last.at
    if (last === undefined || age > mostMs) return anew()
    const { answer } = last
    // Why it failed is told to whoever waits for it, once the answer before is too old.
    if (age > freshMs) anew().catch(() => undefined)
    return answer
  }
}
