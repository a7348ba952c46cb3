import type { Store } from '../store/store.ts'
import type { AgentContext } from './context.ts'

/** Milliseconds. SQLite tells nobody; to ask it whether another process has written takes some microseconds. */
const lookMs = 150

/** Looks as long as somebody listens. */
export function watchWrites(store: Pick<Store, 'version'>): AgentContext['onWrite'] {
  const listeners = new Set<() => void>()
  let timer: NodeJS.Timeout | undefined
  let seen = -1
  const look = (): void => {
    const version = store.version()
    if (version === seen) return
    seen = version
    for (const listener of listeners) listener()
  }
  return (listener) => {
    listeners.add(listener)
    timer ??= setInterval(look, lookMs)
    return () => {
      listeners.delete(listener)
      if (listeners.size > 0) return
      clearInterval(timer)
      timer = undefined
    }
  }
}
