import { parse } from 'smol-toml'
import type { Sources } from '../sources.ts'

/** Maintained until 2028, and what every maintained Django and Flask runs on. */
const usual = '3.12'

export interface PythonVersion {
  version: string
  from: string | undefined
}

/** The version of Python that a project is pinned to, or the usual one, when the project does not exclude that. */
export function pythonVersion({ files }: Sources, root: string): PythonVersion {
  const folders = root === '' ? [''] : [`${root}/`, '']
  for (const folder of folders) {
    for (const [name, pattern] of pinned) {
      const path = `${folder}${name}`
      const version = pattern.exec(files[path] ?? '')?.[1]
      if (version !== undefined) return { version, from: path }
    }
    const path = `${folder}pyproject.toml`
    const version = requiredIn(files[path])
    if (version !== undefined) return { version, from: path }
  }
  return { version: usual, from: undefined }
}

const pinned: readonly [string, RegExp][] = [
  ['.python-version', /^\s*(?:cpython-)?(3\.\d+)/m],
  ['runtime.txt', /python-(3\.\d+)/],
  ['Pipfile', /python_(?:full_)?version\s*=\s*["'](3\.\d+)/],
]

/** What `requires-python` leaves of the choice; undefined when the usual version fits. */
function requiredIn(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const range = rangeIn(text)
  const exact = /^(?:==|~=|~)?\s*(3\.\d+)/.exec(range)?.[1]
  if (exact !== undefined) return exact
  const minor = (pattern: RegExp): number | undefined => {
    const found = pattern.exec(range)?.[1]
    return found === undefined ? undefined : Number(found)
  }
  const wanted = Number(usual.split('.')[1])
  const least = minor(/(?:>=|\^)\s*3\.(\d+)/)
  const below = minor(/<\s*3\.(\d+)/)
  if (least !== undefined && least > wanted) return `3.${least}`
  return below !== undefined && below <= wanted ? `3.${below - 1}` : undefined
}

function rangeIn(text: string): string {
  try {
    const { project, tool } = parse(text) as {
      project?: { 'requires-python'?: unknown }
      tool?: { poetry?: { dependencies?: { python?: unknown } } }
    }
    return String(project?.['requires-python'] ?? tool?.poetry?.dependencies?.python ?? '').trim()
  } catch {
    return ''
  }
}
