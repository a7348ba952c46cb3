import type { Symptoms } from './symptoms.ts'

/** Why something failed. */
export interface Cause {
  id: string
  /** For people, one sentence or two. */
  text: string
  /** The next command, or the line to write. */
  next?: string
}

/** What a rule found; `at` is the line of the output that shows it. */
export interface Finding extends Omit<Cause, 'id'> {
  at?: number
}

/** One cause that can be recognised; docs/reference/causes.md has them all. */
export interface Rule {
  id: string
  /** What it means when it is shown. */
  meaning: string
  recognise(symptoms: Symptoms): Finding | undefined
}

interface Hit {
  at: number
  /** The groups of the pattern; those that took no part are empty. */
  groups: readonly string[]
}

/** The last line that a pattern matches. */
export function lastMatch(lines: readonly string[], pattern: RegExp): Hit | undefined {
  const at = lines.findLastIndex((line) => pattern.test(line))
  const found = pattern.exec(lines[at] ?? '')
  return found === null ? undefined : { at, groups: found.slice(1).map((group) => group ?? '') }
}

/** A rule that one line of the output is enough for. */
export function lineRule(
  rule: Pick<Rule, 'id' | 'meaning'> & { pattern: RegExp },
  explain: (groups: readonly string[], symptoms: Symptoms, at: number) => Omit<Finding, 'at'> | undefined,
): Rule {
  const { id, meaning, pattern } = rule
  return {
    id,
    meaning,
    recognise: (symptoms) => {
      const hit = lastMatch(symptoms.lines, pattern)
      const finding = hit === undefined ? undefined : explain(hit.groups, symptoms, hit.at)
      return hit === undefined || finding === undefined ? undefined : { ...finding, at: hit.at }
    },
  }
}

/** `db, redis and web`; `none` when there is none. */
export function listed(names: readonly string[]): string {
  if (names.length < 2) return names[0] ?? 'none'
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
