import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from '@swc/core'

/** The title of a test, or of a suite. */
export interface Title {
  /** From the root of the repository. */
  file: string
  text: string
}

const root = join(import.meta.dirname, '..', '..', '..')

/** The titles in every test file, in the order of the files and of their lines; no test is run for it. */
export function readTitles(): Title[] {
  const files = globSync('{src,test,bench}/**/*.test.ts', { cwd: root }).sort()
  return files.flatMap((file) =>
    titlesIn(readFileSync(join(root, file), 'utf8')).map((text) => ({ file, text })),
  )
}

/** A part of a title that is only known when the test runs is an ellipsis. */
export function titlesIn(source: string): string[] {
  const found: string[] = []
  visit(parseSync(source, { syntax: 'typescript', target: 'esnext' }), found)
  return found
}

/** Only what runs has a title: neither `test.skip` nor `test.todo` is one of these names. */
const callees = new Set(['test', 'it', 'describe', 'suite'])

function visit(node: unknown, found: string[]): void {
  if (typeof node !== 'object' || node === null) return
  const title = titleOf(node)
  if (title !== undefined) found.push(title)
  for (const child of Object.values(node)) visit(child, found)
}

interface Call {
  type?: string
  callee?: { type: string; value?: string }
  arguments?: { expression: Expression }[]
}

type Expression =
  | { type: 'StringLiteral'; value: string }
  | { type: 'TemplateLiteral'; quasis: { cooked: string }[] }
  | { type: 'other' }

function titleOf({ type, callee, arguments: given }: Call): string | undefined {
  if (type !== 'CallExpression' || callee?.type !== 'Identifier') return undefined
  const first = given?.[0]?.expression
  if (first === undefined || !callees.has(callee.value ?? '')) return undefined
  if (first.type === 'StringLiteral') return first.value
  return first.type === 'TemplateLiteral' ? first.quasis.map(({ cooked }) => cooked).join('…') : undefined
}
