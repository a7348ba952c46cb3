/** One `FROM` of a Dockerfile with what follows it. */
interface Stage {
  /** As `AS` has it, in lower case. */
  name: string | undefined
  from: Source
  copiesFrom: Source[]
}

/** An earlier stage of the file, or an image. */
type Source = Stage | string

type Arguments = Readonly<Record<string, string | null>>

/**
 * The images that a Dockerfile builds upon or copies from, in order: the names that are not stages of the file,
 * with the defaults of the ARGs before the first FROM (or the given values) filled in.
 */
export function baseImages(dockerfile: string, args: Arguments): string[] {
  const sources = readStages(dockerfile, args).flatMap(({ from, copiesFrom }) => [from, ...copiesFrom])
  const images = sources.filter((source) => typeof source === 'string')
  return [...new Set(images.filter((image) => image !== '' && image !== 'scratch'))]
}

/** The image that a built one is made of in the end: that of its last stage, or of the target. */
export function finalImage(dockerfile: string, args: Arguments, target?: string): string | undefined {
  const stages = readStages(dockerfile, args)
  let source: Source | undefined = target === undefined ? stages.at(-1) : findStage(stages, target)
  while (typeof source === 'object') source = source.from
  return source
}

function readStages(dockerfile: string, args: Arguments): Stage[] {
  const values = new Map(
    Object.entries(args).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
  )
  const stages: Stage[] = []
  const sourceOf = (text: string): Source => {
    const name = fillIn(text, values)
    return findStage(stages, name) ?? name
  }
  for (const line of dockerfile.replaceAll(/\\\r?\n/g, ' ').split('\n')) {
    const [, argument, fallback] = /^\s*ARG\s+(\w+)(?:=(\S+))?/i.exec(line) ?? []
    if (argument !== undefined && stages.length === 0 && !values.has(argument)) {
      values.set(argument, (fallback ?? '').replaceAll(/^["']|["']$/g, ''))
    }
    const [, copied] = /^\s*COPY\s+(?:--\S+\s+)*?--from=(\S+)/i.exec(line) ?? []
    if (copied !== undefined) stages.at(-1)?.copiesFrom.push(sourceOf(copied))
    const [, from, name] = /^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/i.exec(line) ?? []
    if (from !== undefined) stages.push({ name: name?.toLowerCase(), from: sourceOf(from), copiesFrom: [] })
  }
  return stages
}

/** A stage is called by its name or its number, and by nothing before it. */
function findStage(stages: readonly Stage[], name: string): Stage | undefined {
  const named = stages.find((stage) => stage.name === name.toLowerCase())
  return named ?? (/^\d+$/.test(name) ? stages[Number(name)] : undefined)
}

function fillIn(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(
    /\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))/g,
    (_, braced: string | undefined, otherwise: string | undefined, plain: string | undefined) =>
      values.get(braced ?? plain ?? '') || otherwise || '',
  )
}
