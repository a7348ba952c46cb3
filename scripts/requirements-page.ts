import {
  type Requirement,
  type Requirements,
  testsOf,
  withoutIds,
} from '../test/support/requirements/judge.ts'
import type { Title } from '../test/support/requirements/read-titles.ts'

const documents: Readonly<Record<string, [title: string, example: string]>> = {
  T: ['TimescaleDB project', 'timescale'],
  O: ['Orta Novias', 'orta-novias'],
  B: ['Backend-Optimizacion', 'backend-optimizacion'],
  W: ['WiseBet', 'wisebet'],
  C: ['Certificados', 'certificados'],
}

/** Blocks of Markdown: every requirement of the documents with its tests, and those that are open. */
export function requirementBlocks(requirements: Requirements, titles: readonly Title[]): string[] {
  const all = Object.entries(requirements)
  const open = all.filter(([, { open: missing }]) => missing !== undefined)
  return [
    `## Open: ${open.length} of ${all.length}`,
    open.map(([id, { text, open: missing }]) => `- ${id}: ${text} Missing: ${missing}`).join('\n'),
    ...Object.entries(documents).flatMap(([letter, [title, example]]) => [
      `## ${title}`,
      `The example is [examples/${example}](../../examples/${example}).`,
      ...all.filter(([id]) => id.startsWith(letter)).map(([id, one]) => section(id, one, titles)),
    ]),
  ]
}

function section(id: string, { text, open }: Requirement, titles: readonly Title[]): string {
  const tests = testsOf(id, titles).map((title) => `- \`${title.file}\`: ${withoutIds(title.text)}`)
  return [`### ${id}`, text, open === undefined ? tests.join('\n') : `Open: ${open}`].join('\n\n')
}
