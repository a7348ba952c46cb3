import type { Gap, Mount, Variable } from '../blueprint.ts'
import { joinPath, type Sources } from '../sources.ts'
import { replace } from './gaps.ts'
import { folderSetting, isFromEnvironment, lastOf, type Settings, sourceOf, urlSetting } from './settings.ts'

/** The working folder of every image that is written here. */
export const imageFolder = '/app'

/** Files that the app has in folders of its own, and that the gateway serves. */
export interface ServedFiles {
  volumes: readonly Mount[]
  static: Readonly<Record<string, string>>
  variables: readonly Variable[]
  hasStatic: boolean
  gaps: readonly Gap[]
}

interface Kind {
  volume: string
  root: string
  url: string
  usualUrl: string
  usualFolder: string
  why: string
}

const kinds = {
  static: {
    volume: 'static',
    root: 'STATIC_ROOT',
    url: 'STATIC_URL',
    usualUrl: '/static/',
    usualFolder: 'staticfiles',
    why: 'collectstatic puts the files there from which the gateway serves them; without it, pages have no style.',
  },
  media: {
    volume: 'media',
    root: 'MEDIA_ROOT',
    url: 'MEDIA_URL',
    usualUrl: '/media/',
    usualFolder: 'media',
    why: 'Uploads are kept there, in a volume; without it they are gone with the next release.',
  },
} as const satisfies Record<string, Kind>

/** STATIC_ROOT and MEDIA_ROOT, as they are or as they have to be. */
export function servedFiles(project: { sources: Sources; settings: Settings; root: string }): ServedFiles {
  const { settings } = project
  const hasStatic = /django\.contrib\.staticfiles/.test(sourceOf(settings, 'INSTALLED_APPS'))
  const wanted: Kind[] = [
    ...(hasStatic && !isRemote(settings, 'staticfiles') ? [kinds.static] : []),
    ...(keepsUploads(project) && !isRemote(settings, 'default') ? [kinds.media] : []),
  ]
  const parts = wanted.map((kind) => locate(project, kind))
  return {
    volumes: parts.map(({ mount }) => mount),
    static: Object.fromEntries(parts.map(({ url, mount }) => [url, mount.volume])),
    variables: parts.flatMap(({ variables }) => variables),
    hasStatic: wanted.includes(kinds.static),
    gaps: parts.flatMap(({ gaps }) => gaps),
  }
}

function locate({ settings, root }: { settings: Settings; root: string }, kind: Kind) {
  const usual = `${imageFolder}/${joinPath(root, kind.usualFolder)}`
  const isSet = !/^(?:|None|""|'')$/.test(lastOf(settings, kind.root)?.text.trim() ?? '')
  const found = isSet ? folderSetting(settings, kind.root) : undefined
  const target = found === undefined ? usual : found.startsWith('/') ? found : `${imageFolder}/${found}`
  const use = settings.uses.find(({ setting }) => setting === kind.root)
  const url = urlSetting(settings, kind.url)
  const lines = [
    ...(isSet ? [] : [`${kind.root} = ${baseFolder(settings, kind.usualFolder)}`]),
    ...(url === undefined && lastOf(settings, kind.url) === undefined
      ? [`${kind.url} = "${kind.usualUrl}"`]
      : []),
  ]
  const gaps =
    lines.length === 0 ? [] : [replace({ settings }, kind.root, { why: kind.why, write: lines.join('\n') })]
  const variables = use === undefined ? [] : [{ name: use.name, value: target }]
  return { mount: { volume: kind.volume, target }, url: url ?? kind.usualUrl, gaps, variables }
}

/** In the way in which the project itself writes paths. */
function baseFolder(settings: Settings, folder: string): string {
  const base = lastOf(settings, 'BASE_DIR')?.text
  if (base === undefined) return `"${imageFolder}/${folder}"`
  return /\bos\.path\b|\bdirname\b/.test(base)
    ? `os.path.join(BASE_DIR, "${folder}")`
    : `BASE_DIR / "${folder}"`
}

/** Files in S3 and the like are served from there. */
function isRemote(settings: Settings, alias: string): boolean {
  const older = alias === 'default' ? 'DEFAULT_FILE_STORAGE' : 'STATICFILES_STORAGE'
  const storages = sourceOf(settings, 'STORAGES')
  const own = new RegExp(`["']${alias}["']\\s*:\\s*\\{[^}]*`).exec(storages)?.[0] ?? ''
  return /storages\.backends|S3|GoogleCloud|Azure|cloudinary/i.test(`${own}${sourceOf(settings, older)}`)
}

/** It says where, or a model has a field for them. */
function keepsUploads({
  sources,
  settings,
  root,
}: {
  sources: Sources
  settings: Settings
  root: string
}): boolean {
  if (lastOf(settings, 'MEDIA_ROOT') !== undefined || isFromEnvironment(settings, 'MEDIA_ROOT')) return true
  return Object.entries(sources.files).some(
    ([path, text]) =>
      (root === '' || path.startsWith(`${root}/`)) &&
      /models?(?:\/.*)?\.py$/.test(path) &&
      /\bmodels\.(?:File|Image)Field\(/.test(text),
  )
}
