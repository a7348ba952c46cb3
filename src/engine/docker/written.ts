import { readFile } from 'node:fs/promises'
import type { Document, LineCounter, Node } from 'yaml'
import { lineKey, splitPair, type WrittenContent, type WrittenFile } from '../../app/written.ts'

type Yaml = typeof import('yaml')

/** Reads a Compose file without asking Compose. */
export async function readWritten(path: string): Promise<WrittenFile> {
  return parseWritten(path, await readFile(path, 'utf8').catch(() => ''))
}

/** What is no YAML, which Compose will say, has nothing in it. */
export async function parseWritten(path: string, text: string): Promise<WrittenFile> {
  const yaml = await import('yaml')
  const counter = new yaml.LineCounter()
  const document = yaml.parseDocument(text, { lineCounter: counter, merge: true, logLevel: 'silent' })
  if (document.errors.length > 0) return { path, content: {}, lines: {} }
  const lines = Object.fromEntries(linesOf(document.contents, [], { yaml, counter }))
  return { path, content: contentOf(document), lines }
}

/** An alias without its anchor is noticed only here. */
function contentOf(document: Document): WrittenContent {
  try {
    // The file is one's own, and Compose has no limit either.
    return (document.toJS({ maxAliasCount: -1 }) ?? {}) as WrittenContent
  } catch {
    return {}
  }
}

/** The line of each key below a node, by its path. */
function linesOf(
  node: unknown,
  at: readonly string[],
  context: { yaml: Yaml; counter: LineCounter },
): [string, number][] {
  const { isMap, isScalar, isSeq } = context.yaml
  const lineOf = (child: unknown): number => context.counter.linePos((child as Node).range?.[0] ?? 0).line
  if (isMap(node)) {
    return node.items.flatMap(({ key, value }) => {
      const here = [...at, String(isScalar(key) ? key.value : key)]
      return [[lineKey(here), lineOf(key)], ...linesOf(value, here, context)]
    })
  }
  if (!isSeq(node)) return []
  return node.items.flatMap((item, index) => {
    // So that a variable is found under its name in either notation.
    const name = isScalar(item) ? splitPair(String(item.value))[0] : String(index)
    return [[lineKey([...at, name]), lineOf(item)], ...linesOf(item, [...at, String(index)], context)]
  })
}
