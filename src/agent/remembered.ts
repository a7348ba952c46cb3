/** The same answer for everyone who asks in a while, and one question for all who wait for it. */
export function remembered<T>(ageMs: number, ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  let until = 0
  return () => {
    if (answer !== undefined && performance.now() < until) return answer
    const asked = ask()
    until = Number.POSITIVE_INFINITY
    answer = asked
    asked.then(
      () => {
        until = performance.now() + ageMs
      },
      () => {
        answer = undefined
      },
    )
    return asked
  }
}
