import { moduleFile, type Sources } from '../sources.ts'
import { lastOf, type Settings } from './settings.ts'

export interface Urls {
  /** The file of ROOT_URLCONF. */
  file: string | undefined
  /** A path that is made to be asked whether the app is well. */
  health: string | undefined
  /** The admin's path, when there is one. */
  admin: string | undefined
}

const healthName =
  /^(?:health|healthz|healthcheck|health[-_]check|livez?|ready|readyz|status|ping|up|heartbeat|-\/health)\/?$/

/** Reads the project's own URL patterns; what other files add under a prefix is read where that is empty. */
export function findUrls(sources: Sources, root: string, settings: Settings): Urls {
  const module = /^["']([\w.]+)["']$/.exec(lastOf(settings, 'ROOT_URLCONF')?.text ?? '')?.[1]
  const file = module === undefined ? undefined : moduleFile(sources, root, module)
  if (file === undefined) return { file, health: undefined, admin: undefined }
  const text = withoutComments(sources.files[file] ?? '')
  const included = includedAtTop(text).flatMap((other) => {
    const path = moduleFile(sources, root, other)
    return path === undefined ? [] : [withoutComments(sources.files[path] ?? '')]
  })
  const routes = [text, ...included].flatMap(routesIn)
  const health = routes.find(({ path }) => healthName.test(path))?.path
  const admin = routes.find(({ view }) => /\badmin(?:_site)?\.(?:site\.)?urls\b/.test(view))?.path
  return {
    file,
    health: health === undefined ? knownPackage(text) : `/${health}`,
    admin: admin === undefined ? undefined : `/${admin}`,
  }
}

/** django-health-check and django-watchman have URL files of their own. */
function knownPackage(text: string): string | undefined {
  const [, path] =
    /path\(\s*["']([^"'<]*)["']\s*,\s*include\(\s*["'](?:health_check|watchman)\.urls/.exec(text) ?? []
  return path === undefined ? undefined : `/${path}`
}

function routesIn(text: string): { path: string; view: string }[] {
  return [...text.matchAll(/\b(?:re_)?path\(\s*r?["']\^?([^"'<$]*)\$?["']\s*,\s*([^\n]*)/g)].map(
    ([, path = '', view = '']) => ({ path, view }),
  )
}

function includedAtTop(text: string): string[] {
  return [...text.matchAll(/path\(\s*["']["']\s*,\s*include\(\s*\(?\s*["']([\w.]+)["']/g)].map(
    ([, module = '']) => module,
  )
}

function withoutComments(text: string): string {
  return text.replaceAll(/^\s*#.*$/gm, '').replaceAll(/"""[\s\S]*?"""/g, '')
}
