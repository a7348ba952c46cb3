import type { Gap } from '../../init/blueprint.ts'
import type { Proposal, ProposedFile } from '../../init/init.ts'
import { table } from './format.ts'

/** What was recognised, a line each. */
export function renderFound({ kind, name, findings, compose }: Proposal): string {
  const facts = (findings?.found ?? []).map(({ what, value, from = '' }) => [`  ${what}`, value, from])
  const roles = Object.entries(compose?.roles ?? {}).map(([service, role]) => [`  ${service}`, role, ''])
  const head =
    kind === 'compose'
      ? `${name} is a Compose file; Muelle takes its services for`
      : `${name} is a ${kind} project`
  return [`${head}:`, table(kind === 'compose' ? roles : facts)].join('\n')
}

/** Files whole, as they would be; of those that only get lines, the lines. A secret is not shown. */
export function renderFiles(files: readonly ProposedFile[]): string {
  return files
    .map(({ path, text, adds, mode }) => {
      const shown = mode === undefined ? (adds ?? text) : text.replaceAll(/^(\w+)=.+$/gm, '$1=…')
      const title = adds === undefined ? path : `${path}, which gets`
      return `--- ${title}\n${shown.trimEnd()}`
    })
    .join('\n\n')
}

/** The names of files, and what becomes of each. */
export function renderNames(files: readonly ProposedFile[]): string {
  return table(files.map((file) => [`  ${file.path}`, fateOf(file)]))
}

function fateOf({ adds, isThere, mode }: ProposedFile): string {
  if (adds !== undefined) return 'gets lines, and keeps the others'
  if (isThere) return 'replaced'
  return mode === undefined ? 'new' : 'new, with random secrets, readable for you alone'
}

/** What the project itself lacks, with the lines to write; nothing when it lacks nothing. */
export function renderGaps(gaps: readonly Gap[]): string[] {
  if (gaps.length === 0) return []
  return [
    '',
    'The project itself lacks something, and Muelle does not edit your code:',
    ...gaps.flatMap(renderGap),
  ]
}

function renderGap({ file, line, why, write, isReplacing }: Gap): string[] {
  const where =
    line === undefined
      ? `${file}, add`
      : `${file}:${line}, ${isReplacing === true ? 'write instead' : 'write'}`
  return [`  ${where}`, ...write.split('\n').map((each) => `      ${each}`), `    ${why}`]
}
