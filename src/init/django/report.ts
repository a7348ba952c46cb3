import type { Ambiguity, Fact, Findings, Gap } from '../blueprint.ts'
import { missingPackages } from '../python/needs.ts'
import { moduleFile } from '../sources.ts'
import { djangoBlueprint, healthPath, volumesOf } from './blueprint.ts'
import { sqliteFolder } from './database.ts'
import { cacheGap, databaseGap, healthGap, replace, settingsGaps, withImports } from './gaps.ts'
import type { Look } from './look.ts'

/** What was seen of a project, what to write for it, and what it lacks. */
export function reportDjango(look: Look): Findings {
  return {
    blueprint: djangoBlueprint(look),
    found: factsOf(look),
    gaps: withImports(gapsOf(look), look.sources),
    ambiguities: ambiguitiesOf(look),
    notes: notesOf(look),
  }
}

function factsOf(look: Look): Fact[] {
  const { managePy, module, own, server, database, chosen, redis, celery, beat, requirements, python, urls } =
    look
  const from = (file: string | undefined) => (file === undefined ? {} : { from: file })
  const health = healthPath(look)
  return [
    { what: 'kind', value: 'django', from: managePy },
    { what: 'settings', value: module, from: own.file },
    { what: 'server', value: `${server.program} ${server.module}` },
    {
      what: 'database',
      value: chosen === 'external' ? `${database.found}, outside Docker` : database.found,
      from: own.file,
    },
    ...(redis ? [{ what: 'redis', value: 'yes' }] : []),
    ...(celery === undefined
      ? []
      : [
          {
            what: 'celery',
            value: beat === undefined ? celery.app : `${celery.app}, with beat`,
            from: celery.file,
          },
        ]),
    ...volumesOf(look).map(({ volume, target }) => ({ what: volume, value: target })),
    {
      what: 'requirements',
      value: requirements.kind,
      ...from(requirements.kind === 'none' ? undefined : requirements.file),
    },
    { what: 'python', value: python.version, ...from(python.from) },
    ...(health === undefined ? [] : [{ what: 'health', value: health, ...from(urls.file) }]),
  ]
}

function gapsOf(look: Look): Gap[] {
  const { own: settings, urls, requirements, server, chosen, database, redis, files } = look
  const { domains } = look.choices
  const connected = chosen === 'external' ? database.found : chosen
  return [
    ...missingPackages(requirements, {
      framework: 'Django',
      server: server.program,
      database: connected,
      redis,
    }),
    ...settingsGaps({ settings, urls, domains }),
    ...databaseGap({ settings }, chosen, database),
    ...sqliteGap(look),
    ...(redis ? cacheGap({ settings }) : []),
    ...files.gaps,
    ...healthGap({ urls, settings }),
  ]
}

/** A file beside the source is part of the image, and gone with the next one. */
function sqliteGap({ own, root, chosen }: Look): Gap[] {
  if (chosen !== 'sqlite' || sqliteFolder(own, root) !== undefined) return []
  const why =
    'The database has to be in a folder of its own, which becomes a volume; else every release begins with an empty one.'
  const { isReplacing: _, ...gap } = replace({ settings: own }, 'DATABASES', {
    why,
    write: '"NAME": BASE_DIR / "data" / "db.sqlite3",   in  DATABASES["default"]',
  })
  return [gap]
}

function ambiguitiesOf({ settings, module, celeryApps, celery }: Look): Ambiguity[] {
  const apps = celeryApps.map(({ app }) => app)
  return [
    ...(settings.length > 1
      ? [
          {
            name: 'settings' as const,
            question: 'Which settings are for production?',
            choices: settings,
            chosen: module,
          },
        ]
      : []),
    ...(apps.length > 1 && celery !== undefined
      ? [
          {
            name: 'celery' as const,
            question: 'Which Celery app do the workers run?',
            choices: apps,
            chosen: celery.app,
          },
        ]
      : []),
  ]
}

function notesOf({ chosen, server, sources, root, choices }: Look): string[] {
  return [
    ...(chosen === 'sqlite'
      ? [
          'SQLite takes one writer at a time, and two releases stand beside each other during a deployment; muelle check says so too. Better:  --database postgres',
        ]
      : []),
    ...(moduleFile(sources, root, server.module) === undefined
      ? [`There is no ${server.module} among the files; the Dockerfile names it all the same.`]
      : []),
    ...(choices.domains.length === 0
      ? [
          'Without a domain the app is served over http, on its port. With one it gets TLS:  --domain shop.example.com',
        ]
      : []),
  ]
}
