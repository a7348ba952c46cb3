import { type EnvironmentUse, environmentUses } from '../python/environment.ts'
import { type PathSource, readPath } from '../python/paths.ts'
import { type Assignment, type Call, type PythonFile, readPython } from '../python/syntax.ts'
import { moduleFile, moduleName, type Sources } from '../sources.ts'

/** Where a setting is written. */
export interface Written extends Assignment {
  file: string
}

/** The settings of a module with those that it imports by `*`, without running any. */
export interface Settings {
  /** The module's own file. */
  file: string
  files: readonly string[]
  /** In the order in which Python would come to them. */
  written: readonly Written[]
  calls: readonly Call[]
  uses: readonly EnvironmentUse[]
}

/** @returns undefined when the module has no file among the sources */
export function readSettings(sources: Sources, root: string, module: string): Settings | undefined {
  const file = moduleFile(sources, root, module)
  if (file === undefined) return undefined
  const parts = collect(sources, { root, file, seen: [] })
  return {
    file,
    files: parts.map((part) => part.file),
    written: parts.flatMap(({ file: own, python }) =>
      python.assignments.map((assignment) => ({ ...assignment, file: own })),
    ),
    calls: parts.flatMap(({ python }) => python.calls),
    uses: parts.flatMap(({ python }) => environmentUses(python)),
  }
}

interface Part {
  file: string
  python: PythonFile
}

function collect(
  sources: Sources,
  { root, file, seen }: { root: string; file: string; seen: readonly string[] },
): Part[] {
  if (seen.includes(file)) return []
  const python = readPython(sources.files[file] ?? '')
  const imported = python.stars.flatMap((star) => {
    const other = moduleFile(sources, root, absolute(star, moduleName(root, file), file))
    return other === undefined ? [] : collect(sources, { root, file: other, seen: [...seen, file] })
  })
  return [...imported, { file, python }]
}

/** `.base` beside `config.settings.production` is `config.settings.base`. */
function absolute(star: string, module: string, file: string): string {
  const dots = /^\.*/.exec(star)?.[0].length ?? 0
  if (dots === 0) return star
  const parts = module.split('.')
  const up = file.endsWith('__init__.py') ? dots - 1 : dots
  return [...parts.slice(0, parts.length - up), star.slice(dots)].filter(Boolean).join('.')
}

/** The last that is written, which is the one that counts. */
export function lastOf({ written }: Settings, name: string): Written | undefined {
  return written.findLast((each) => each.name === name && each.keys.length === 0)
}

/** Every source of a setting, conditional ones and later additions included. */
export function sourceOf({ written }: Settings, name: string): string {
  return written.flatMap((each) => (each.name === name ? each.text : [])).join('\n')
}

/** The folder that a setting names, relative to the project folder or absolute; undefined when it is not told. */
export function folderSetting(settings: Settings, name: string): string | undefined {
  const source = asPath(settings, name)
  return source === undefined ? undefined : readPath(source, (other) => asPath(settings, other))
}

/** A setting that may come from the environment has its fallback here. */
function asPath(settings: Settings, name: string): PathSource | undefined {
  const found = lastOf(settings, name)
  if (found === undefined) return undefined
  const use = settings.uses.find((each) => each.setting === name)
  return { text: use?.fallback ?? found.text, file: found.file }
}

/** Whether the environment decides a setting, by way of another variable too. */
export function isFromEnvironment(settings: Settings, name: string): boolean {
  const { uses } = settings
  const text = sourceOf(settings, name)
  return uses.some(
    ({ setting }) => setting === name || (setting !== '' && new RegExp(`\\b${setting}\\b`).test(text)),
  )
}

/** A URL path such as STATIC_URL: `static/` means `/static/`. */
export function urlSetting(settings: Settings, name: string): string | undefined {
  const text = lastOf(settings, name)?.text ?? ''
  const url = /^(["'])(.*)\1$/.exec(text.trim())?.[2]
  if (url === undefined || url === '' || /^https?:/.test(url)) return undefined
  return `/${url.replaceAll(/^\/+|\/+$/g, '')}/`
}
