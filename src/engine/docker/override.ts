import { Document, isMap, parseAllDocuments, visit } from 'yaml'

/** A piece of YAML as plain values. */
type Block = Readonly<Record<string, unknown>>

/**
 * One more Compose file, to be read after those that someone wrote. Compose appends the lists of `x-` keys, and staging
 * would answer to the domains of production too: in this file the lists of `x-muelle` replace those before.
 * @param overrides texts of the files after the first, in order
 * @param envFiles more env files, by service
 * @returns its text, or undefined when nothing would be in it
 */
export function completeOverrides(
  overrides: readonly string[],
  envFiles: Readonly<Record<string, readonly string[]>>,
): string | undefined {
  const lists = overrides.flatMap(readBlocks).map(onlyLists).reduce(merge, {})
  const file = new Document(lists)
  visit(file, {
    Seq: (_, sequence) => {
      sequence.tag = '!override'
      return visit.SKIP
    },
  })
  for (const [service, paths] of Object.entries(envFiles)) {
    if (paths.length > 0) file.setIn(['services', service, 'env_file'], file.createNode(paths))
  }
  return isMap(file.contents) && file.contents.items.length > 0 ? file.toString() : undefined
}

/** The `x-muelle` blocks of a file, each in its place. */
function readBlocks(text: string): Block[] {
  return parseAllDocuments(text, { merge: true, logLevel: 'silent' }).map((document) => {
    // What is reset is gone by the time that this file is read.
    visit(document, {
      Pair: (_, { value }) =>
        (value as { tag?: string } | null)?.tag === '!reset' ? visit.REMOVE : undefined,
    })
    const file = plain(document)
    const services = Object.entries((file?.['services'] ?? {}) as Record<string, Block | null>)
    const blocks = services.map(([name, service]) => [name, ownBlock(service)])
    return { ...ownBlock(file), services: Object.fromEntries(blocks) }
  })
}

/** What is wrong with a file, Compose says better. */
function plain(document: Document): Block | null {
  try {
    // The file is one's own, and Compose has no limit either.
    return document.toJS({ maxAliasCount: -1 }) as Block | null
  } catch {
    return null
  }
}

function ownBlock(file: Block | null): Block {
  return { 'x-muelle': file?.['x-muelle'] }
}

/** The lists in a block, at whatever depth, and the keys that lead to them. */
function onlyLists(block: Block): Block {
  const entries = Object.entries(block).flatMap(([key, value]) => {
    if (Array.isArray(value)) return [[key, value]]
    const inner = isBlock(value) ? onlyLists(value) : {}
    return Object.keys(inner).length === 0 ? [] : [[key, inner]]
  })
  return Object.fromEntries(entries)
}

function merge(before: Block, after: Block): Block {
  const entries = Object.entries(after).map(([key, value]) => {
    const other = before[key]
    return [key, isBlock(other) && isBlock(value) ? merge(other, value) : value]
  })
  return { ...before, ...Object.fromEntries(entries) }
}

function isBlock(value: unknown): value is Block {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
