import type { Title } from './read-titles.ts'

/** One thing that the source documents ask for. */
export interface Requirement {
  /** What is asked, in a line. */
  text: string
  /** What is still missing. One without this has a test that shows all of it. */
  open?: string
}

export type Requirements = Readonly<Record<string, Requirement>>

/** The ids at the end of a title, in square brackets: `nginx serves the static files [T1, O8]`. */
export function idsOf(title: string): string[] {
  const [, list] = /\[([A-Z]\d+(?:, [A-Z]\d+)*)\]$/.exec(title) ?? []
  return list?.split(', ') ?? []
}

export function withoutIds(title: string): string {
  return idsOf(title).length === 0 ? title : title.slice(0, title.lastIndexOf('[')).trimEnd()
}

/** The tests that show a requirement. */
export function testsOf(id: string, titles: readonly Title[]): Title[] {
  return titles.filter(({ text }) => idsOf(text).includes(id))
}

/** What is wrong between the list of the requirements and the titles of the tests: a line each. */
export function judge(requirements: Requirements, titles: readonly Title[]): string[] {
  const unknown = titles.flatMap(({ file, text }) =>
    idsOf(text)
      .filter((id) => !(id in requirements))
      .map((id) => `${id}, of which "${text}" in ${file} speaks, is not in test/requirements.ts.`),
  )
  const misplaced = titles
    .filter(({ text }) => /\[[A-Z]\d+\b/.test(text) && idsOf(text).length === 0)
    .map(({ file, text }) => `"${text}" in ${file}: ids stand at the end, as in [T1, O8].`)
  const unequal = Object.entries(requirements).flatMap(([id, { open }]) => {
    const isShown = testsOf(id, titles).length > 0
    if (isShown === (open === undefined)) return []
    return isShown
      ? `${id} has a test, and is said to be open in test/requirements.ts.`
      : `${id} has no test any more. If that is meant, say in test/requirements.ts what is open.`
  })
  return [...unknown, ...misplaced, ...unequal]
}
