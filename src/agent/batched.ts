export interface Batch<T> {
  add(item: T): void
  /** Now, what waits. */
  flush(): void
}

/** Collects for a while what is dear to write, and writes it together. */
export function batched<T>(
  ms: number,
  write: (items: readonly T[]) => void,
  report: (error: unknown) => void,
): Batch<T> {
  let waiting: T[] = []
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    const items = waiting
    waiting = []
    try {
      if (items.length > 0) write(items)
    } catch (error) {
      report(error)
    }
  }
  return {
    add: (item) => {
      waiting.push(item)
      timer ??= setTimeout(flush, ms)
    },
    flush,
  }
}
