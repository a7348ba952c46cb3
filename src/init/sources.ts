/** The files of a project that tell what it is, read once; everything in this folder decides on them alone. */
export interface Sources {
  /** The name of the project folder. */
  folder: string
  /** Text by path in the folder, with forward slashes. */
  files: Readonly<Record<string, string>>
  /** Paths of files that are there and cannot be read. */
  unreadable: readonly string[]
}

/** Paths that fit, the shallowest first, then by name. */
export function pathsLike({ files }: Sources, pattern: RegExp): string[] {
  const depth = (path: string): number => path.split('/').length
  return Object.keys(files)
    .filter((path) => pattern.test(path))
    .toSorted((a, b) => depth(a) - depth(b) || a.localeCompare(b, 'en'))
}

/** The folder of a path; empty for the project folder itself. */
export function folderOf(path: string): string {
  return path.split('/').slice(0, -1).join('/')
}

/** Joins parts of a path, without empty ones, and takes `..` back. */
export function joinPath(...parts: readonly string[]): string {
  const joined: string[] = []
  for (const part of parts.flatMap((each) => each.split('/'))) {
    if (part === '' || part === '.') continue
    if (part === '..') joined.pop()
    else joined.push(part)
  }
  return joined.join('/')
}

/** The file of a Python module that is looked for from `root`: a module, or the `__init__.py` of a package. */
export function moduleFile({ files }: Sources, root: string, module: string): string | undefined {
  const path = joinPath(root, module.replaceAll('.', '/'))
  return [`${path}.py`, `${path}/__init__.py`].find((each) => files[each] !== undefined)
}

/** The dotted name of a Python file as it is imported from `root`. */
export function moduleName(root: string, path: string): string {
  const inside = root === '' ? path : path.slice(root.length + 1)
  return inside
    .replace(/\.py$/, '')
    .replace(/\/__init__$/, '')
    .replaceAll('/', '.')
}
