import { redacted } from './secret.ts'

/** Takes secrets out of a line. */
export type Redact = (line: string) => string

/** A value of fewer characters is part of many words that have nothing to do with it. */
const shortest = 4

export const redactNothing: Redact = (line) => line

/**
 * Takes values out of lines, also as programs write them: quoted, percent-encoded or escaped, each line of a value of
 * several by itself. Of values shorter than four characters only those that stand alone are taken out.
 */
export function createRedactor(values: readonly string[]): Redact {
  const forms = [...new Set(values.flatMap(formsOf))].filter((form) => form !== '')
  if (forms.length === 0) return redactNothing
  return (line) => {
    const spans = forms.flatMap((form) => occurrences(line, form))
    return spans.length === 0 ? line : without(line, spans)
  }
}

type Span = [from: number, to: number]

function formsOf(value: string): string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim())
  const whole = lines.length === 1 ? [value] : lines.filter((line) => line.length >= shortest)
  return [value, value.trim(), ...whole].flatMap(spellings)
}

function spellings(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1)
  return [
    text,
    json,
    text.replaceAll('$', '$$$$'),
    text.replaceAll("'", "'\\''"),
    text.replaceAll(/["\\$`]/g, '\\$&'),
    text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll("'", "\\'"),
    encodeURIComponent(text.toWellFormed()),
  ]
}

function occurrences(line: string, form: string): Span[] {
  const spans: Span[] = []
  for (let at = line.indexOf(form); at !== -1; at = line.indexOf(form, at + 1)) {
    const end = at + form.length
    if (form.length >= shortest || standsAlone(line, at, end)) spans.push([at, end])
  }
  return spans
}

function standsAlone(line: string, from: number, to: number): boolean {
  const isWord = (character = ''): boolean => /\w/.test(character)
  return !isWord(line[from - 1]) && !isWord(line[to])
}

/** Spans that overlap or touch become one, so that nothing of either is left. */
function without(line: string, spans: readonly Span[]): string {
  let result = ''
  let end = 0
  for (const [from, to] of spans.toSorted(([a], [b]) => a - b)) {
    if (from > end || result === '') result += line.slice(end, from) + redacted
    end = Math.max(end, to)
  }
  return result + line.slice(end)
}
