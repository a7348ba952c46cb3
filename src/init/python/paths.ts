import { folderOf, joinPath } from '../sources.ts'

/** A setting that is a path, and the file that it is written in. */
export interface PathSource {
  text: string
  /** The file, in the project folder. */
  file: string
}

/**
 * The folder that an expression such as `BASE_DIR / "media"` or `os.path.join(BASE_DIR, "media")` means.
 * @param variable gives what another variable was set to
 * @returns a path in the project folder, an absolute one as it is, or undefined when the text does not tell
 */
export function readPath(
  { text, file }: PathSource,
  variable: (name: string) => PathSource | undefined,
  depth = 0,
): string | undefined {
  if (depth > 5) return undefined
  const strings = [...text.matchAll(/(["'])((?:(?!\1).)*)\1/g)].map(([, , value = '']) => value)
  if (text.includes('__file__')) return joinPath(ownFolder(text, file), ...strings)
  const bare = text.replaceAll(/(["'])(?:(?!\1).)*\1/g, '')
  const base = [...bare.matchAll(/[A-Za-z_][\w.]*/g)]
    .map(([name]) => name.split('.')[0] ?? '')
    .find((name) => /^[A-Z_][A-Z0-9_]*$/.test(name))
  const found = base === undefined ? undefined : variable(base)
  if (base !== undefined && found === undefined) return undefined
  const [first = ''] = strings
  if (found === undefined)
    return strings.length === 0 ? undefined : first.startsWith('/') ? first : joinPath(...strings)
  const folder = readPath(found, variable, depth + 1)
  if (folder === undefined) return undefined
  const ups = Array<string>(text.match(/\.parent\b/g)?.length ?? 0).fill('..')
  const joined = joinPath(folder, ...ups, ...strings)
  return folder.startsWith('/') ? `/${joined}` : joined
}

/** Each `.parent` and each `dirname()` is one up from the file itself. */
function ownFolder(text: string, file: string): string {
  const parents = text.match(/\.parent\b/g)?.length ?? 0
  const names = text.match(/\bdirname\(/g)?.length ?? 0
  const counted = [...text.matchAll(/\.parents\[(\d+)\]/g)].reduce((sum, [, at]) => sum + Number(at) + 1, 0)
  let path = file
  for (let up = 0; up < parents + names + counted; up += 1) path = folderOf(path)
  return path
}
