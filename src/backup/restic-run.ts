import type { EffectOptions, ToolResult } from '../engine/port.ts'
import { progressOf } from './restic.ts'
import type { Mount } from './tool.ts'

/** Runs restic on the repository of an app, in a container. */
export type Run = (argv: readonly string[], options?: RunOptions) => Promise<ToolResult>

export interface RunOptions extends EffectOptions {
  onOutput?: (line: string) => void
  mounts?: readonly Mount[]
  /** Of its container. */
  role?: string
  /** Exit codes that are an answer. */
  answers?: readonly number[]
  /** Somebody waits for the answer, and not a quarter of an hour. */
  isAwaited?: boolean
}

/** Its progress for people. */
export function told({ onLine, ...effect }: EffectOptions): EffectOptions {
  if (onLine === undefined) return effect
  return {
    ...effect,
    onLine: (line) => {
      const text = progressOf(line)
      if (text !== undefined) onLine(text)
    },
  }
}
