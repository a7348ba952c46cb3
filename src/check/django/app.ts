import type { ComposeService } from '../../app/compose.ts'
import type { Django, Facts } from '../facts.ts'
import { inCompose } from '../place.ts'
import { programLine } from '../program.ts'
import type { Finding, Rule } from '../rule.ts'
import { environmentOf } from '../services.ts'
import { djangoServices } from './recognise.ts'

const filesUnserved: Rule = {
  id: 'django-files-unserved',
  severity: 'high',
  reason:
    'With DEBUG off Django serves no files: without someone who does, pages come without style and uploads answer 404.',
  fix: 'Mount a volume at STATIC_ROOT and at MEDIA_ROOT, and name it: `x-muelle: {static: {/static/: static, /media/: media}}`; or use WhiteNoise for the static ones.',
  find: (facts) => {
    const { django } = facts
    if (django === undefined || django.debug) return []
    return [
      ...(servesStaticItself(django)
        ? []
        : unserved(facts, django, { what: 'STATIC', files: django.static })),
      ...(django.hasFileFields && isLocal(django.media.backend)
        ? unserved(facts, django, { what: 'MEDIA', files: django.media })
        : []),
    ]
  },
}

function servesStaticItself({ apps, middleware, static: { backend } }: Django): boolean {
  const isUsed = apps.includes('django.contrib.staticfiles')
  return !isUsed || middleware.some((name) => name.startsWith('whitenoise.')) || !isLocal(backend)
}

/** Other storages, such as S3's, are served from elsewhere. */
function isLocal(backend: string): boolean {
  return /\.(?:FileSystemStorage|(?:Manifest)?StaticFilesStorage)$/.test(backend)
}

function unserved(
  facts: Facts,
  django: Django,
  { what, files }: { what: string; files: Django['static'] },
): Finding[] {
  const { app } = facts
  const { url, root } = files
  if (!url.startsWith('/') || url === '/' || root === '') return []
  const definition = app.file.services[django.service]
  const source = definition === undefined ? undefined : sourceAt(definition, root)
  const byGateway = app.files.some(
    (entry) => entry.urlPath === url && sameSource(facts, entry.source, source),
  )
  const byProxy =
    source !== undefined && facts.proxyFiles.some(({ service }) => mounts(app.file.services[service], source))
  if (byGateway || byProxy) return []
  const volume = source === undefined ? url.replaceAll('/', '') : source.split('/').at(-1)
  return [
    {
      ...inCompose(facts, django.service, 'volumes'),
      what: `Nobody serves ${url}: ${what}_ROOT is ${root}${source === undefined ? ', which is in no volume' : ''}.`,
      write: `${source === undefined ? `volumes: ["${volume}:${root}"]  and  ` : ''}x-muelle: {static: {${url}: ${volume}}}`,
    },
  ]
}

/** What is mounted at a folder or above it. */
function sourceAt({ volumes = [] }: ComposeService, folder: string): string | undefined {
  return volumes.find(({ target }) => `${folder}/`.startsWith(`${target.replace(/\/$/, '')}/`))?.source
}

function sameSource({ app }: Facts, served: string, mounted: string | undefined): boolean {
  return mounted !== undefined && [mounted, app.file.volumes?.[mounted]?.name].includes(served)
}

function mounts(definition: ComposeService | undefined, source: string): boolean {
  return (definition?.volumes ?? []).some((mount) => mount.source === source)
}

const migrationsPending: Rule = {
  id: 'django-migrations-pending',
  severity: 'high',
  reason:
    'Code that meets a database without its migrations fails at the first query; and a migration that drops or renames what the release before still reads breaks that one while it serves, and for a rollback.',
  fix: '`x-muelle: {release: [python manage.py migrate --noinput]}`; and first a release that no longer uses a column, then one that removes it.',
  find: (facts) => {
    const { app, django } = facts
    const pending = django?.pending ?? []
    if (django === undefined || pending.length === 0) return []
    const isRun = migrates(facts)
    const place = { service: django.service }
    const breaking = pending.filter(({ destructive }) => destructive.length > 0)
    return [
      ...(isRun
        ? []
        : [
            {
              ...place,
              what: `Migrations wait, from ${pending[0]?.name} on, and nothing applies them.`,
              write: `x-muelle: {release: [python manage.py migrate --noinput]}  in the Compose file of ${app.name}`,
            },
          ]),
      ...breaking.map(({ name, destructive }) => ({
        ...place,
        what: `${name} has ${destructive.join(', ')}: the release before cannot go on with it.`,
        write: `Deploy a release that no longer uses what ${name} takes away, and this migration with the next.`,
      })),
    ]
  },
}

function migrates(facts: Facts): boolean {
  const commands = facts.app.settings.release.map((command) => [command].flat().join(' '))
  const started = facts.app.services.map((service) => programLine(facts, service))
  return [...commands, ...started].some((line) => /\bmigrate\b|entrypoint|start/.test(line))
}

const backendsDevelopment: Rule = {
  id: 'django-backends-development',
  severity: 'high',
  reason:
    'The console backend sends no mail, and SQLite allows one writer: two releases that stand beside each other lock each other out.',
  fix: '`EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"`, and a PostgreSQL or MySQL service.',
  find: (facts) => {
    const { django } = facts
    if (django === undefined) return inEnvironment(facts)
    const place = { service: django.service }
    const mail = /\.(console|dummy|locmem|filebased)\.EmailBackend$/.exec(django.emailBackend)?.[1]
    const sqlite = Object.entries(django.databases).filter(([, { engine }]) =>
      /sqlite3|spatialite/.test(engine),
    )
    return [
      ...(mail === undefined
        ? []
        : [
            {
              ...place,
              what: `Mail goes to the ${mail} backend, not to people.`,
              write: 'EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"',
            },
          ]),
      ...sqlite.map(([alias]) => ({
        ...place,
        what: `The database ${alias} is an SQLite file.`,
        write:
          'db: {image: "postgres:17", volumes: ["pgdata:/var/lib/postgresql/data"]}  and its name in DATABASES',
      })),
    ]
  },
}

function inEnvironment(facts: Facts): Finding[] {
  return djangoServices(facts).flatMap((service) =>
    environmentOf(service)
      .filter(([name, value]) =>
        /^(?:DJANGO_)?DATABASE_URL$/.test(name)
          ? /^(?:sqlite|spatialite):/.test(value)
          : name === 'EMAIL_BACKEND' && /\.console\./.test(value),
      )
      .map(([name]) => ({
        ...inCompose(facts, service.name, 'environment', name),
        what:
          name === 'EMAIL_BACKEND'
            ? 'Mail goes to the console, not to people.'
            : `The database of ${service.name} is an SQLite file.`,
        write:
          name === 'EMAIL_BACKEND'
            ? 'EMAIL_BACKEND=django.core.mail.backends.smtp.EmailBackend'
            : `${name}=postgres://…@db/…`,
      })),
  )
}

/** What the rules above say better, with the next thing to write. */
const saidElsewhere = /^security\.W0(?:04|08|09|12|16|18|20)$/
/** Includes a promise for the whole domain, and what only a project's author can decide. */
const debatable = /^security\.W0(?:05|21)$/
const warning = 30

const checkDeploy: Rule = {
  id: 'django-check-deploy',
  severity: 'medium',
  reason: 'Django’s own `manage.py check --deploy` says so.',
  fix: 'Follow its hint, or name the check in SILENCED_SYSTEM_CHECKS.',
  find: ({ django }) =>
    (django?.messages ?? [])
      .filter(({ id, level }) => level >= warning && !saidElsewhere.test(id) && !debatable.test(id))
      .map(({ id, message, hint }) => ({
        service: django?.service ?? '',
        what: `${id === '' ? 'Django' : id}: ${message}`,
        write:
          hint === '' ? `Read it:  muelle exec ${django?.service} python manage.py check --deploy` : hint,
      })),
}

export const djangoAppRules: readonly Rule[] = [
  filesUnserved,
  migrationsPending,
  backendsDevelopment,
  checkDeploy,
]
