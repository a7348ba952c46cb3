import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  type Node,
  type Pair,
  parseDocument,
  stringify,
  type YAMLMap,
} from 'yaml'

/** Keys and values to add to a mapping of a file, by the path of that mapping. */
export interface Addition {
  path: readonly string[]
  values: Readonly<Record<string, unknown>>
}

/**
 * Adds keys to a YAML text, and leaves every other character as it is: comments, quotes, indentation.
 * Where the text cannot be added to in this way, the library writes it anew, with its comments.
 */
export function insert(text: string, additions: readonly Addition[]): string {
  return additions.reduce((before, addition) => {
    const after = insertOne(before, addition)
    return after !== undefined && means(after) === meansWith(before, addition)
      ? after
      : rewritten(before, addition)
  }, text)
}

function insertOne(text: string, { path, values }: Addition): string | undefined {
  const document = parseDocument(text)
  const node = path.length === 0 ? document.contents : document.getIn(path, true)
  if (!isMap(node) || node.range === undefined || node.range === null || node.items.length === 0)
    return undefined
  if (node.flow === true) return insertFlow(text, node, values)
  const first = node.items[0]?.key as Node | undefined
  if (first?.range === undefined || first.range === null) return undefined
  const indent = first.range[0] - (text.lastIndexOf('\n', first.range[0] - 1) + 1)
  const at = endOfLine(text, lastPosition(node as YAMLMap<Node, Node | null>))
  const block = stringify(values, { lineWidth: 0, flowCollectionPadding: false })
    .trimEnd()
    .replaceAll(/^(?=.)/gm, ' '.repeat(indent))
  const gap = path.length === 0 ? '\n' : ''
  return `${text.slice(0, at)}\n${gap}${block}${text.slice(at) === '' ? '\n' : text.slice(at)}`
}

function insertFlow(text: string, node: YAMLMap, values: Addition['values']): string {
  const at = (node.range?.[1] ?? 0) - 1
  const pairs = stringify(values, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false })
    .trim()
    .slice(1, -1)
  return `${text.slice(0, at).trimEnd()}, ${pairs}${text.slice(at)}`
}

/** Where the last thing ends that is written in a node, comments behind it not counted. */
function lastPosition(node: Node | null): number {
  if (isScalar(node) || isAlias(node) || node === null) return node?.range?.[1] ?? 0
  if (!isCollection(node) || node.flow === true) return (node as Node).range?.[1] ?? 0
  const last = node.items.at(-1)
  if (!isMap(node)) return lastPosition((last ?? null) as Node | null)
  const { key, value } = last as Pair<Node, Node | null>
  const own = key.range?.[1] ?? 0
  return Math.max(own, lastPosition(value))
}

function endOfLine(text: string, from: number): number {
  // What ends in a block of text ends behind its last line.
  const start = text[from - 1] === '\n' ? from - 1 : from
  const found = text.indexOf('\n', start)
  return found < 0 ? text.length : found
}

function means(text: string): string {
  const document = parseDocument(text, { logLevel: 'silent' })
  return document.errors.length > 0 ? '' : JSON.stringify(document.toJS({ maxAliasCount: -1 }))
}

function meansWith(text: string, addition: Addition): string {
  return means(rewritten(text, addition))
}

function rewritten(text: string, { path, values }: Addition): string {
  const document = parseDocument(text)
  for (const [key, value] of Object.entries(values))
    document.setIn([...path, key], document.createNode(value))
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })
}
