import type { Requirements } from '../python/requirements.ts'
import { folderOf, joinPath, moduleFile, moduleName, pathsLike, type Sources } from '../sources.ts'

/** Where a Django project is, and which of its modules serve. */
export interface DjangoProject {
  /** The folder of manage.py; empty for the project folder. */
  root: string
  managePy: string
  /** Modules that may be the settings, the likeliest first. */
  settings: readonly string[]
  /** What answers requests. */
  server: Server
}

export interface Server {
  program: 'gunicorn' | 'uvicorn' | 'daphne'
  /** `shop.wsgi`. */
  module: string
  /** The name of the app object there. */
  object: string
}

/** @returns undefined when there is no manage.py */
export function findDjango(sources: Sources): Omit<DjangoProject, 'server'> | undefined {
  const managePy = pathsLike(sources, /(?:^|\/)manage\.py$/).find((path) =>
    /DJANGO_SETTINGS_MODULE|execute_from_command_line/.test(sources.files[path] ?? ''),
  )
  if (managePy === undefined) return undefined
  const root = folderOf(managePy)
  return { root, managePy, settings: findSettings(sources, root, managePy) }
}

const productionName = /(?:^|[._])(?:production|prod|live|deploy)$/
const otherName =
  /(?:^|[._])(?:dev|development|local|test|tests|testing|ci|staging|docker|base|common|defaults?)$/

/** What wsgi.py and manage.py name comes first, unless there are settings for production. */
function findSettings(sources: Sources, root: string, managePy: string): string[] {
  const inside = (path: string): boolean => root === '' || path.startsWith(`${root}/`)
  const servers = pathsLike(sources, /(?:^|\/)[wa]sgi\.py$/).filter(inside)
  const named = [...servers, managePy].flatMap((path) => namedIn(sources.files[path] ?? ''))
  const written = pathsLike(sources, /(?:^|\/)settings(?:\/[^/]+)?\.py$|(?:^|\/)settings_\w+\.py$/)
    .filter((path) => inside(path) && !path.endsWith('/__init__.py'))
    .map((path) => moduleName(root, path))
  const known = [...new Set([...named, ...written])].filter(
    (module) => moduleFile(sources, root, module) !== undefined,
  )
  const production = known.filter((module) => productionName.test(module))
  if (production.length > 0) return production
  const own = known.filter((module) => named.includes(module))
  if (own.length > 0)
    return own.length > 1 && own.some((one) => !otherName.test(one))
      ? own.filter((one) => !otherName.test(one))
      : own
  return known.filter((module) => !otherName.test(module))
}

function namedIn(text: string): string[] {
  return [...text.matchAll(/DJANGO_SETTINGS_MODULE["']?\]?\s*(?:,|=)\s*["']([\w.]+)["']/g)].map(
    ([, module = '']) => module,
  )
}

/** ASGI where the project is made for it and brings a server for it, else WSGI by Gunicorn. */
export function findServer(
  sources: Sources,
  project: Omit<DjangoProject, 'server'>,
  needs: Requirements,
): Server {
  const { root } = project
  const module = (name: string): string | undefined => {
    const settings = project.settings[0]?.split('.')[0] ?? ''
    const beside = joinPath(root, settings, `${name}.py`)
    const path = [beside, ...pathsLike(sources, new RegExp(`(?:^|/)${name}\\.py$`))].find(
      (each) => sources.files[each] !== undefined && (root === '' || each.startsWith(`${root}/`)),
    )
    return path === undefined ? undefined : moduleName(root, path)
  }
  const { packages } = needs
  const asgi = module('asgi')
  if (asgi !== undefined && packages.has('daphne'))
    return { program: 'daphne', module: asgi, object: 'application' }
  if (
    asgi !== undefined &&
    packages.has('uvicorn') &&
    (packages.has('channels') || !packages.has('gunicorn'))
  )
    return { program: 'uvicorn', module: asgi, object: 'application' }
  const wsgi = module('wsgi')
  return {
    program: 'gunicorn',
    module: wsgi ?? `${project.settings[0]?.split('.')[0] ?? 'config'}.wsgi`,
    object: 'application',
  }
}
