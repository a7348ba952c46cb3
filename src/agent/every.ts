/** Does work again and again, with a pause between an end and the next beginning. @returns what ends that */
export function every(ms: number, work: () => Promise<void>, report: (error: unknown) => void): () => void {
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  const next = (): void => {
    if (!isOver) timer = setTimeout(() => void turn(), ms)
  }
  const turn = async (): Promise<void> => {
    await work().catch(report)
    next()
  }
  next()
  return () => {
    isOver = true
    clearTimeout(timer)
  }
}
