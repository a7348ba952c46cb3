import type { EffectOptions, ToolResult } from '../../engine/port.ts'
import { exits } from '../restic.ts'
import { hasNoBucket, isRefusal, isRetrying } from './failures.ts'

/** Milliseconds for which somebody who waits for an answer waits. */
const patience = 30_000

/** Ends what goes on asking a server that does not answer. @returns what it said until then */
export async function impatiently(
  ask: (options: EffectOptions) => Promise<ToolResult>,
  { signal, onLine }: EffectOptions,
): Promise<ToolResult> {
  const lines: string[] = []
  const weary = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const watch = (line: string): void => {
    onLine?.(line)
    lines.push(line)
    if (!isRetrying(line)) return
    if (isRefusal(line) || hasNoBucket(line)) weary.abort()
    timer ??= setTimeout(() => weary.abort(), patience)
  }
  try {
    const signals = signal === undefined ? [weary.signal] : [signal, weary.signal]
    return await ask({ signal: AbortSignal.any(signals), onLine: watch })
  } catch (error) {
    if (!weary.signal.aborted || signal?.aborted === true) throw error
    const exitCode = lines.some(hasNoBucket) ? exits.noRepository : undefined
    return { exitCode, stdout: '', lines }
  } finally {
    clearTimeout(timer)
  }
}
