/** A Dockerfile, as far as rules read it. */
export interface Dockerfile {
  path: string
  /** What stands before the first FROM. */
  args: readonly Instruction[]
  stages: readonly Stage[]
}

export interface Stage {
  /** What it builds upon, with the defaults of `args` filled in. */
  image: string
  /** The earlier stage that `image` names. */
  base: Stage | undefined
  /** As `AS` has it, in lower case. */
  name: string | undefined
  line: number
  instructions: readonly Instruction[]
}

export interface Instruction {
  /** In capitals. */
  keyword: string
  /** Without its flags. */
  rest: string
  flags: readonly string[]
  line: number
}

/**
 * Reads a Dockerfile. `dockerfile-ast` does so for editors, with a position for each character, and takes 20 ms and more
 * for its first file: longer
 * than all rules together may add to a deployment.
 */
export function readDockerfile(
  path: string,
  text: string,
  args: Readonly<Record<string, string | null>> = {},
): Dockerfile {
  const instructions = readInstructions(text)
  const first = instructions.findIndex(({ keyword }) => keyword === 'FROM')
  const global = first < 0 ? instructions : instructions.slice(0, first)
  const values = { ...Object.assign({}, ...global.map(pairsOf)), ...withoutNull(args) }
  const stages: (Stage & { instructions: Instruction[] })[] = []
  for (const instruction of first < 0 ? [] : instructions.slice(first)) {
    if (instruction.keyword !== 'FROM') {
      stages.at(-1)?.instructions.push(instruction)
      continue
    }
    const [source = '', as, name] = instruction.rest.split(/\s+/)
    const image = fillIn(source, values)
    stages.push({
      image,
      base: findStage(stages, image),
      name: as?.toUpperCase() === 'AS' ? name?.toLowerCase() : undefined,
      line: instruction.line,
      instructions: [],
    })
  }
  return { path, args: global, stages }
}

/** The stage that becomes the image, and those it builds upon, in this order; none when the target is no stage. */
export function finalStages({ stages }: Dockerfile, target?: string): Stage[] {
  const chain: Stage[] = []
  let stage = target === undefined ? stages.at(-1) : findStage(stages, target)
  for (; stage !== undefined; stage = stage.base) chain.push(stage)
  return chain
}

/** A stage is called by its name or its number. */
export function findStage(stages: readonly Stage[], name: string): Stage | undefined {
  const named = stages.find((stage) => stage.name === name.toLowerCase())
  return named ?? (/^\d+$/.test(name) ? stages[Number(name)] : undefined)
}

/** The last instruction of a kind that counts for the image. */
export function lastOf(stages: readonly Stage[], keyword: string): Instruction | undefined {
  for (const { instructions } of stages) {
    const found = instructions.findLast((instruction) => instruction.keyword === keyword)
    if (found !== undefined) return found
  }
  return undefined
}

/** Names and values of ENV and ARG, in either notation. */
export function pairsOf({ keyword, rest }: Instruction): Record<string, string> {
  const [, name, value] = /^([\w.-]+)\s+([^=].*)$/s.exec(rest) ?? []
  if (keyword === 'ENV' && name !== undefined && value !== undefined) return { [name]: value }
  const pairs = [...rest.matchAll(/([\w.-]+)=("(?:\\.|[^"])*"|'[^']*'|\S*)/g)]
  return Object.fromEntries(
    pairs.map(([, key = '', text = '']) => [key, text.replace(/^(["'])(.*)\1$/s, '$2')]),
  )
}

/** A program as an argument array: as written in the JSON form, else through the shell. */
export function argvOf(
  { rest }: Instruction,
  shell: readonly string[] = ['/bin/sh', '-c'],
): readonly string[] {
  if (rest.startsWith('[')) {
    try {
      return (JSON.parse(rest) as unknown[]).map(String)
    } catch {
      // What is no JSON goes to the shell, as in a build.
    }
  }
  return [...shell, rest]
}

function readInstructions(text: string): Instruction[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const found: Instruction[] = []
  for (let at = 0; at < lines.length; ) {
    if (isNothing(lines[at])) {
      at += 1
      continue
    }
    const { whole, next } = readOne(lines, at)
    const [, keyword = '', flags = '', rest = ''] = /^(\w+)\s*((?:--\S+\s+)*)(.*)$/s.exec(whole) ?? []
    found.push({
      keyword: keyword.toUpperCase(),
      rest,
      flags: flags.split(/\s+/).filter(Boolean),
      line: at + 1,
    })
    at = next
  }
  return found
}

/** An instruction with the lines that continue it, and the line after it and after the documents that it reads. */
function readOne(lines: readonly string[], from: number): { whole: string; next: number } {
  let whole = lines[from] ?? ''
  let next = from + 1
  for (; whole.endsWith('\\') && next < lines.length; next += 1) {
    // Comments and empty lines may stand between continued ones.
    if (!isNothing(lines[next])) whole = `${whole.slice(0, -1).trimEnd()} ${lines[next]}`
  }
  for (const [, end] of whole.matchAll(/<<-?["']?(\w+)["']?/g)) {
    const last = lines.findIndex((line, index) => index >= next && line === end)
    if (last >= 0) next = last + 1
  }
  return { whole, next }
}

function isNothing(line: string | undefined): boolean {
  return line === undefined || line === '' || line.startsWith('#')
}

function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    /\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))/g,
    (_, braced: string | undefined, otherwise: string | undefined, plain: string | undefined) =>
      values[braced ?? plain ?? ''] || otherwise || '',
  )
}

function withoutNull(args: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(args).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  )
}
