import type { ComposeBuild } from '../../../src/app/compose.ts'
import { readDockerfile } from '../../../src/app/dockerfile.ts'
import { readApp } from '../../../src/app/read-app.ts'
import type { Build, Database, Django, EnvFile, Facts, Image, ProxyFile } from '../../../src/check/facts.ts'
import { parseWritten } from '../../../src/engine/docker/written.ts'
import { readDirectives } from '../../../src/facts/proxy-files.ts'
import { factsOf } from '../facts.ts'
import { readComposeText } from './compose-text.ts'

/** A project of which a rule is to say something, or nothing. */
export interface Fixture {
  /** Below `services:`; other keys of the file follow with no indentation. */
  compose: string
  files?: Readonly<Record<string, string>>
  envFiles?: readonly Partial<EnvFile>[]
  /** Files of variables that the .dockerignore lets through. */
  sent?: readonly string[]
  images?: Readonly<Record<string, Partial<Image>>>
  django?: Partial<Django>
  today?: string
}

/** The two sides of a rule. */
export interface Sides {
  fails: Fixture
  /** Where the rule sees it: service, file and line. */
  at: string
  passes: readonly [Fixture, ...Fixture[]]
}

const directory = '/srv/shop'

export async function readFixture(fixture: Fixture): Promise<Facts> {
  const { compose, files = {}, envFiles = [], images = {}, django, today = '2026-01-02' } = fixture
  const text = `services:\n${compose}`
  const app = readApp(readComposeText(text, directory), directory)
  const builds = app.services
    .filter(({ definition }) => definition.build !== undefined)
    .map(({ name, definition }) => [name, readBuild(fixture, { context: directory, ...definition.build })])
  const proxyFiles = app.services.flatMap(({ name, definition }) =>
    (definition.volumes ?? []).flatMap(({ source = '' }) => {
      const file = files[source.slice(directory.length + 1)]
      return file !== undefined && source.endsWith('.conf') ? [readProxyFile(name, source, file)] : []
    }),
  )
  return factsOf(app, {
    today,
    written: [await parseWritten(`${directory}/compose.yaml`, text)],
    envFiles: envFiles.map((file) => ({
      path: `${directory}/.env`,
      isWorldReadable: false,
      isTracked: false,
      values: {},
      ...file,
    })),
    builds: Object.fromEntries(builds) as Record<string, Build>,
    images: Object.fromEntries(
      Object.entries(images).map(([name, image]) => [name, { ...emptyImage, ...image }]),
    ),
    proxyFiles: await Promise.all(proxyFiles),
    django: django === undefined ? undefined : { ...soundDjango, ...django },
  })
}

function readBuild(
  { files = {}, sent = [] }: Fixture,
  { context, dockerfile = 'Dockerfile', args }: ComposeBuild & { context: string },
): Build {
  const text = files[dockerfile]
  return {
    context,
    dockerfile: text === undefined ? undefined : readDockerfile(`${context}/${dockerfile}`, text, args),
    hasIgnoreFile: files['.dockerignore'] !== undefined,
    sentEnvFiles: sent,
    hasManagePy: files['manage.py'] !== undefined,
    texts: files,
  }
}

async function readProxyFile(service: string, path: string, text: string): Promise<ProxyFile> {
  const directives = await readDirectives(text)
  if (directives === undefined) throw new Error(`no nginx configuration: ${text}`)
  return { service, path, text, directives }
}

const emptyImage: Image = {
  id: 'sha256:1',
  user: '',
  env: {},
  command: [],
  entrypoint: [],
  hasHealthcheck: false,
  history: [],
}

/** One that answers. */
export const database: Database = {
  engine: 'django.db.backends.postgresql',
  host: 'db',
  port: '5432',
  version: '17.2',
  error: null,
}

/** A project as it should be. */
const soundDjango: Django = {
  service: 'web',
  version: '5.2',
  settingsModule: 'shop.settings',
  debug: false,
  secretKey: { length: 64, uniqueCharacters: 30, isPlaceholder: false },
  allowedHosts: ['shop.example.com'],
  sessionCookieSecure: true,
  csrfCookieSecure: true,
  hstsSeconds: 31_536_000,
  sslRedirect: false,
  hasProxySslHeader: true,
  csrfTrustedOrigins: [],
  middleware: ['django.middleware.csrf.CsrfViewMiddleware'],
  apps: ['django.contrib.sessions', 'django.contrib.staticfiles'],
  static: {
    url: '/static/',
    root: '/app/static',
    backend: 'django.contrib.staticfiles.storage.ManifestStaticFilesStorage',
  },
  media: { url: '/media/', root: '/app/media', backend: 'django.core.files.storage.FileSystemStorage' },
  hasFileFields: false,
  emailBackend: 'django.core.mail.backends.smtp.EmailBackend',
  databases: { default: database },
  gunicorn: '23.0.0',
  messages: [],
  silenced: [],
  pending: [],
}
