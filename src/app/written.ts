/**
 * A Compose file as its author wrote it: before variables were filled in and overrides applied. What Compose makes of
 * it no longer tells a literal from a variable, and has no lines.
 */
export interface WrittenFile {
  path: string
  content: WrittenContent
  /** Where a key begins, from 1, by the `lineKey` of its path. */
  lines: Readonly<Record<string, number>>
}

export interface WrittenContent {
  version?: unknown
  include?: unknown
  services?: Readonly<Record<string, WrittenService | null>>
}

export interface WrittenService {
  environment?: WrittenPairs
  build?: string | { args?: WrittenPairs; [other: string]: unknown }
  env_file?: unknown
  command?: unknown
  extends?: unknown
  [other: string]: unknown
}

/** Compose takes both `{NAME: value}` and `[NAME=value]`. */
export type WrittenPairs = Readonly<Record<string, unknown>> | readonly unknown[] | null

export function lineKey(path: readonly string[]): string {
  return path.join('\n')
}

/** Pairs in either notation; one without a value is left out. */
export function readPairs(pairs: WrittenPairs | undefined): Record<string, string> {
  if (pairs === undefined || pairs === null) return {}
  const entries: [string, unknown][] = Array.isArray(pairs)
    ? pairs.map((pair): [string, unknown] => splitPair(String(pair)))
    : Object.entries(pairs)
  return Object.fromEntries(
    entries.flatMap(([name, value]) =>
      value === undefined || value === null ? [] : [[name, String(value)]],
    ),
  )
}

/** `NAME=value`, or `NAME` alone, which takes its value from the environment. */
export function splitPair(pair: string): [string, string | undefined] {
  const at = pair.indexOf('=')
  return at < 0 ? [pair, undefined] : [pair.slice(0, at), pair.slice(at + 1)]
}
