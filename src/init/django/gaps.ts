import type { DatabaseKind, Gap } from '../blueprint.ts'
import type { Sources } from '../sources.ts'
import type { DjangoDatabase } from './database.ts'
import { isFromEnvironment, lastOf, type Settings, sourceOf } from './settings.ts'
import type { Urls } from './urls.ts'

interface Project {
  settings: Settings
  urls: Urls
  domains: readonly string[]
}

/** What the settings lack before they can be used in production, each with the lines to write. */
export function settingsGaps(project: Project): Gap[] {
  return [
    ...secretKey(project),
    ...debug(project),
    ...allowedHosts(project),
    ...https(project),
    ...mail(project),
  ]
}

function secretKey({ settings }: Project): Gap[] {
  const text = lastOf(settings, 'SECRET_KEY')?.text ?? ''
  if (isFromEnvironment(settings, 'SECRET_KEY') || /open\(|read_text|\/run\/secrets/.test(text)) return []
  return [
    replace({ settings }, 'SECRET_KEY', {
      why: 'Whoever reads the repository knows the key, and signs in as anyone.',
      write: 'SECRET_KEY = os.environ["SECRET_KEY"]',
    }),
  ]
}

function debug({ settings }: Project): Gap[] {
  const text = lastOf(settings, 'DEBUG')?.text.trim()
  if (text !== 'True') return []
  return [
    replace({ settings }, 'DEBUG', {
      why: 'With DEBUG on, errors show visitors the source and the settings.',
      write: 'DEBUG = os.environ.get("DEBUG") == "True"',
    }),
  ]
}

function allowedHosts({ settings, domains }: Project): Gap[] {
  const text = sourceOf(settings, 'ALLOWED_HOSTS')
  const isNamed = domains.length > 0 && domains.every((domain) => text.includes(domain))
  if (isFromEnvironment(settings, 'ALLOWED_HOSTS') || isNamed) return []
  return [
    replace({ settings }, 'ALLOWED_HOSTS', {
      why: 'Django answers 400 to every host name that is not listed there.',
      write: 'ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")',
    }),
  ]
}

/** TLS ends at the gateway, and only with domains there is any. */
function https({ settings, domains }: Project): Gap[] {
  if (domains.length === 0) return []
  const lines = [
    ['SESSION_COOKIE_SECURE', 'True'],
    ['CSRF_COOKIE_SECURE', 'True'],
    ['SECURE_PROXY_SSL_HEADER', '("HTTP_X_FORWARDED_PROTO", "https")'],
  ].filter(([name = '']) => /^(?:False)?$/.test(lastOf(settings, name)?.text.trim() ?? ''))
  if (lines.length === 0) return []
  const hasCookies = lines.some(([name = '']) => name.endsWith('_COOKIE_SECURE'))
  const hasHeader = lines.some(([name]) => name === 'SECURE_PROXY_SSL_HEADER')
  const reasons = [
    ...(hasCookies
      ? ['A cookie without it goes over plain http too, where anyone on the way reads it.']
      : []),
    // The browser says from which origin a form comes, and Django compares it with how it was asked.
    ...(hasHeader
      ? ['Django learns from the gateway that it was asked by https; else it answers 403 to forms.']
      : []),
  ]
  return [
    {
      id: 'https',
      file: settings.file,
      why: reasons.join(' '),
      write: lines.map(([name, value]) => `${name} = ${value}`).join('\n'),
    },
  ]
}

function mail({ settings }: Project): Gap[] {
  const text = lastOf(settings, 'EMAIL_BACKEND')?.text ?? ''
  if (
    !/backends\.(?:console|dummy|locmem|filebased)/.test(text) ||
    isFromEnvironment(settings, 'EMAIL_BACKEND')
  )
    return []
  const write = 'EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"'
  return [replace({ settings }, 'EMAIL_BACKEND', { why: 'Mail goes to the log, not to people.', write })]
}

/** The lines that replace a setting where it is written, or go to the end of the settings. */
export function replace(
  { settings }: { settings: Settings },
  name: string,
  { why, write }: { why: string; write: string },
): Gap {
  const found = lastOf(settings, name)
  const gap = { id: name.toLowerCase().replaceAll('_', '-'), file: found?.file ?? settings.file, why, write }
  return found === undefined ? gap : { ...gap, line: found.line, isReplacing: true }
}

/** The lines of a gap may need a module that their file does not import yet. */
export function withImports(gaps: readonly Gap[], { files }: Sources): Gap[] {
  const needing = gaps.filter(
    ({ file, write }) => /\bos\./.test(write) && !/^import .*\bos\b/m.test(files[file] ?? ''),
  )
  const why = 'What is to be written below it uses it.'
  const imports = [...new Set(needing.map(({ file }) => file))].map(
    (file): Gap => ({ id: 'import-os', file, line: 1, why, write: 'import os' }),
  )
  return [...imports, ...gaps]
}

/** A database server that the settings cannot be told of. */
export function databaseGap(
  project: Pick<Project, 'settings'>,
  chosen: DatabaseKind,
  { found, isMovable }: DjangoDatabase,
): Gap[] {
  const hasServer = chosen === 'postgres' || chosen === 'mysql' || chosen === 'external'
  if (!hasServer || isMovable) return []
  const engine = chosen === 'mysql' || (chosen === 'external' && found === 'mysql') ? 'mysql' : 'postgresql'
  const write = [
    'DATABASES = {',
    '    "default": {',
    `        "ENGINE": "django.db.backends.${engine}",`,
    ...['NAME', 'USER', 'PASSWORD', 'HOST', 'PORT'].map(
      (key) => `        "${key}": os.environ["DB_${key}"],`,
    ),
    '    },',
    '}',
  ].join('\n')
  return [
    replace(project, 'DATABASES', {
      why: 'The database of the app has another address in each place.',
      write,
    }),
  ]
}

export function cacheGap(project: Pick<Project, 'settings'>): Gap[] {
  const text = sourceOf(project.settings, 'CACHES')
  if (!/rediss?:\/\//.test(text) || isFromEnvironment(project.settings, 'CACHES')) return []
  const write = '"LOCATION": os.environ["REDIS_URL"],   in  CACHES["default"]'
  const { isReplacing: _, ...gap } = replace(project, 'CACHES', {
    why: 'Redis has another address in each place.',
    write,
  })
  return [gap]
}

/** Without a view for it, Muelle asks a page that needs more, or none at all. */
export function healthGap({ urls, settings }: Pick<Project, 'urls' | 'settings'>): Gap[] {
  if (urls.health !== undefined) return []
  return [
    {
      id: 'health',
      file: urls.file ?? settings.file,
      why: 'A path that answers only when the app can serve is how Muelle knows that a release is ready; then write  health: /health/  below  x-muelle  in compose.yaml.',
      write: [
        'from django.http import HttpResponse',
        'urlpatterns += [path("health/", lambda request: HttpResponse("ok"))]',
      ].join('\n'),
    },
  ]
}
