import { parse } from 'smol-toml'
import { folderOf, joinPath, type Sources } from '../sources.ts'

/** How a project names the packages that it needs. */
export type RequirementsKind = 'pip' | 'uv' | 'poetry' | 'pipenv' | 'pyproject' | 'none'

export interface Requirements {
  kind: RequirementsKind
  /** The file that an image installs from; of `none` the one that should be there. */
  file: string
  /** Where a person writes a further one. */
  addTo: string
  /** Every file that installing needs, `addTo` included. */
  needs: readonly string[]
  /** Normalised names, with the extras in brackets as names of their own: `celery`, `celery[redis]`. */
  packages: ReadonlySet<string>
}

const usualFiles = [
  'requirements/production.txt',
  'requirements/prod.txt',
  'requirements-prod.txt',
  'requirements-production.txt',
  'requirements.txt',
  'requirements/base.txt',
  'requirements/requirements.txt',
]

/** Lock files first, because they say exactly what runs. */
export function readRequirements(sources: Sources, root: string): Requirements {
  for (const folder of root === '' ? [''] : [root, '']) {
    const found = inFolder(sources, folder)
    if (found !== undefined) return found
  }
  const file = joinPath(root, 'requirements.txt')
  return { kind: 'none', file, addTo: file, needs: [file], packages: new Set() }
}

function inFolder(sources: Sources, folder: string): Requirements | undefined {
  const { files } = sources
  const at = (name: string): string => joinPath(folder, name)
  const has = (name: string): boolean => files[at(name)] !== undefined
  const project = files[at('pyproject.toml')]
  const locked = (kind: RequirementsKind, lock: string, file: string): Requirements => ({
    kind,
    file: at(file),
    addTo: at(file),
    needs: [at(file), at(lock)],
    packages: new Set([...namesInLock(files[at(lock)] ?? ''), ...namesInProject(files[at(file)] ?? '')]),
  })
  if (project !== undefined && has('uv.lock')) return locked('uv', 'uv.lock', 'pyproject.toml')
  if (project !== undefined && has('poetry.lock')) return locked('poetry', 'poetry.lock', 'pyproject.toml')
  if (has('Pipfile') && has('Pipfile.lock')) return locked('pipenv', 'Pipfile.lock', 'Pipfile')
  const file = usualFiles.map(at).find((path) => files[path] !== undefined)
  if (file !== undefined) {
    const needs = followed(sources, file)
    const packages = new Set(needs.flatMap((path) => namesInRequirements(files[path] ?? '')))
    return { kind: 'pip', file, addTo: file, needs, packages }
  }
  const own = project === undefined ? [] : namesInProject(project)
  if (own.length === 0) return undefined
  const path = at('pyproject.toml')
  return { kind: 'pyproject', file: path, addTo: path, needs: [path], packages: new Set(own) }
}

/** A file and those that it includes by `-r` and `-c`. */
function followed({ files }: Sources, file: string, seen: readonly string[] = []): string[] {
  if (seen.includes(file) || files[file] === undefined) return []
  const included = [...files[file].matchAll(/^\s*(?:-r|--requirement|-c|--constraint)[ =]*(\S+)/gm)]
  const inner = included.flatMap(([, path = '']) =>
    followed({ files } as Sources, joinPath(folderOf(file), path), [...seen, file]),
  )
  return [...new Set([file, ...inner])]
}

function namesInRequirements(text: string): string[] {
  return text.split('\n').flatMap((line) => nameOf(line))
}

/** `Celery[redis]>=5 ; python_version…` is `celery` and `celery[redis]`. */
function nameOf(requirement: string): string[] {
  const [, name, extras = ''] = /^\s*([A-Za-z0-9][\w.-]*)\s*(?:\[([^\]]*)\])?/.exec(requirement) ?? []
  if (name === undefined) return []
  const plain = name.toLowerCase().replaceAll(/[_.]/g, '-')
  const more = extras.split(',').filter((extra) => extra.trim() !== '')
  return [plain, ...more.map((extra) => `${plain}[${extra.trim().toLowerCase()}]`)]
}

function namesInLock(text: string): string[] {
  const toml = [...text.matchAll(/^name = "([^"]+)"/gm)].flatMap(([, name = '']) => nameOf(name))
  const json = [...text.matchAll(/^ {8}"([\w.-]+)": \{/gm)].flatMap(([, name = '']) => nameOf(name))
  return [...toml, ...json]
}

function namesInProject(text: string): string[] {
  try {
    const { project, tool } = parse(text) as {
      project?: { dependencies?: unknown[] }
      tool?: { poetry?: { dependencies?: Record<string, unknown> } }
    }
    const named = (project?.dependencies ?? []).flatMap((each) => nameOf(String(each)))
    const poetry = Object.keys(tool?.poetry?.dependencies ?? {}).filter((name) => name !== 'python')
    return [...named, ...poetry.flatMap(nameOf)]
  } catch {
    return []
  }
}
