import type { Command } from '../app/schema.ts'

/** What release commands are about, as far as their words tell. Pure. */

/** Which programs of a framework touch no data, by the word after `manage.py`. */
const filesOnly: ReadonlySet<string> = new Set([
  'collectstatic',
  'compilemessages',
  'compress',
  'check',
  'diffsettings',
])

/**
 * The questions that tell whether commands have anything to do: each an argument array that ends with 0 when not.
 * @returns undefined when nobody can be asked about one of them
 */
export function idleQuestions(commands: readonly Command[]): string[][] | undefined {
  const questions: string[][] = []
  for (const command of commands) {
    const words = wordsOf(command)
    const program = managed(words)
    if (program === undefined) return undefined
    if (program === 'migrate') questions.push([...words, '--check'])
    else if (!filesOnly.has(program)) return undefined
  }
  return questions
}

/** A rehearsal has a copy of the data, and none of the files. */
export function touchesData(command: Command): boolean {
  return !filesOnly.has(managed(wordsOf(command)) ?? '')
}

/** Compose splits a text like this; one with quotes or of a shell is nothing to guess about. */
function wordsOf(command: Command): string[] {
  return typeof command === 'string' ? command.split(/\s+/).filter(Boolean) : command
}

/** What Django is told to do, in one command that does nothing else. */
function managed(words: readonly string[]): string | undefined {
  if (words.some((word) => /[&|;<>"'`$()]/.test(word))) return undefined
  const at = words.findIndex((word) => /(?:^|\/)(?:manage\.py|django-admin)$/.test(word))
  const before = words.slice(0, at)
  const isPlain = before.every((word) =>
    /^(?:.*\/)?python[\d.]*$|^-\w$|^(?:uv|poetry|pipenv|run)$/.test(word),
  )
  return at === -1 || !isPlain ? undefined : words[at + 1]
}
