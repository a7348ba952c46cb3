import { parser } from '@lezer/python'

type SyntaxNode = ReturnType<typeof parser.parse>['topNode']

/** A Python file as far as it is read here: by its syntax, and without running it. */
export interface PythonFile {
  assignments: readonly Assignment[]
  /** Modules of `from … import *`, as written, in order. */
  stars: readonly string[]
  calls: readonly Call[]
}

export interface Assignment {
  /** The variable; of `DATABASES["default"]["HOST"]` and `app.config["KEY"]` what stands before the brackets. */
  name: string
  /** What is in the brackets. */
  keys: readonly string[]
  /** The source of the value. */
  text: string
  /** From 1. */
  line: number
  /** Below `if`, `try` or the like, so that it may not count. */
  isConditional: boolean
}

/** A call, or `name["key"]`, and where its value goes. */
export interface Call {
  /** `os.environ.get`. */
  callee: string
  isSubscript: boolean
  /** The first argument, when it is a string. */
  first: string | undefined
  /** Sources of further positional arguments and of keyword ones. */
  others: readonly string[]
  keywords: Readonly<Record<string, string>>
  /** The assignment that it is part of, with the keys of the mappings around it. */
  target: { name: string; keys: readonly string[]; text: string } | undefined
  line: number
}

/** Reads a file; what is no Python is passed over. */
export function readPython(text: string): PythonFile {
  const found = { assignments: [] as Assignment[], stars: [] as string[], calls: [] as Call[] }
  visit(parser.parse(text).topNode, { text, found, target: undefined, isConditional: false })
  return found
}

interface Context {
  text: string
  found: { assignments: Assignment[]; stars: string[]; calls: Call[] }
  target: Call['target']
  isConditional: boolean
}

function visit(node: SyntaxNode, context: Context): void {
  const { found, text } = context
  const source = text.slice(node.from, node.to)
  if (node.name === 'ImportStatement') {
    const star = /^from\s+([\w.]+)\s+import\s+\*/.exec(source)?.[1]
    if (star !== undefined) found.stars.push(star)
    return
  }
  const special = specialVisits[node.name]
  if (special !== undefined) {
    special(node, context)
    return
  }
  const call = readCall(node, context)
  if (call !== undefined) found.calls.push(call)
  const isBlock = /^(?:If|Try|For|While|With|Match)Statement$|^(?:Function|Class)Definition$/.test(node.name)
  const inside = isBlock ? { ...context, isConditional: true } : context
  for (const child of childrenOf(node)) visit(child, inside)
}

const specialVisits: Readonly<Record<string, (node: SyntaxNode, context: Context) => void>> = {
  AssignStatement: visitAssignment,
  UpdateStatement: visitAssignment,
  DictionaryExpression: visitDictionary,
}

/** `A = B = value` gives each of them the value. */
function visitAssignment(node: SyntaxNode, context: Context): void {
  const { text, found, isConditional } = context
  const children = childrenOf(node)
  const isSign = ({ name }: SyntaxNode): boolean => name === 'AssignOp' || name === 'UpdateOp'
  const at = children.findLastIndex(isSign)
  const value = children[at + 1]
  if (at < 1 || value === undefined) return
  const source = text.slice(value.from, children.at(-1)?.to)
  const lefts = children.filter(
    (_, index) => index < at && (index === 0 || isSign(children[index - 1] ?? node)),
  )
  for (const left of lefts) {
    const { name, keys } = readTarget(text.slice(left.from, left.to))
    found.assignments.push({ name, keys, text: source, line: lineAt(text, left.from), isConditional })
    for (const child of children.slice(at + 1))
      visit(child, { ...context, target: { name, keys, text: source } })
  }
}

function visitDictionary(node: SyntaxNode, context: Context): void {
  const children = childrenOf(node)
  for (const [index, child] of children.entries()) {
    const key = children[index - 1]?.name === ':' ? children[index - 2] : undefined
    const name = key === undefined ? undefined : stringOf(context.text.slice(key.from, key.to))
    const { target } = context
    const inside =
      name === undefined || target === undefined
        ? context
        : { ...context, target: { ...target, keys: [...target.keys, name] } }
    visit(child, inside)
  }
}

function readCall(node: SyntaxNode, { text, target }: Context): Call | undefined {
  const isSubscript = node.name === 'MemberExpression' && childrenOf(node)[1]?.name === '['
  const isCall = node.name === 'CallExpression'
  const [callee, list, index] = childrenOf(node)
  if ((!isSubscript && !isCall) || callee === undefined || list === undefined) return undefined
  const of = (child: SyntaxNode): string => text.slice(child.from, child.to)
  const base = { callee: of(callee), isSubscript, target, line: lineAt(text, node.from) }
  if (isSubscript) {
    return { ...base, first: index === undefined ? undefined : stringOf(of(index)), others: [], keywords: {} }
  }
  const { positional, keywords } = readArguments(childrenOf(list).slice(1, -1), of)
  return { ...base, first: stringOf(positional[0] ?? ''), others: positional.slice(1), keywords }
}

function readArguments(nodes: readonly SyntaxNode[], of: (node: SyntaxNode) => string) {
  const positional: string[] = []
  const keywords: Record<string, string> = {}
  let words: SyntaxNode[] = []
  for (const node of [...nodes, undefined]) {
    if (node !== undefined && node.name !== ',') {
      words.push(node)
      continue
    }
    const [first, second, third] = words
    if (first !== undefined && second?.name === 'AssignOp' && third !== undefined)
      keywords[of(first)] = of(third)
    else if (first !== undefined) positional.push(words.map(of).join(' '))
    words = []
  }
  return { positional, keywords }
}

function readTarget(left: string): { name: string; keys: string[] } {
  const keys = [...left.matchAll(/\[\s*(["'])(.*?)\1\s*\]/g)].map(([, , key = '']) => key)
  return { name: left.replace(/\[.*$/s, '').trim(), keys }
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'Comment') children.push(child)
  }
  return children
}

/** The value of a string literal, or undefined for anything else; an f-string is no literal. */
export function stringOf(source: string): string | undefined {
  const [, , body] = /^[rRbBuU]?("""|'''|"|')(.*)\1$/s.exec(source.trim()) ?? []
  return body
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
