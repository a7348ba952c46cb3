import { MuelleError } from '../../errors/muelle-error.ts'
import type { Choices, DatabaseKind } from '../blueprint.ts'
import { purposeOf } from '../purpose.ts'
import { type Requirements, readRequirements } from '../python/requirements.ts'
import { type PythonVersion, pythonVersion } from '../python/version.ts'
import type { Sources } from '../sources.ts'
import { type Beat, type CeleryApp, findBeat, findCelery } from './celery.ts'
import { type DjangoDatabase, findDatabase } from './database.ts'
import { type ServedFiles, servedFiles } from './files.ts'
import { type DjangoProject, findDjango, findServer } from './project.ts'
import { readSettings, type Settings, sourceOf } from './settings.ts'
import { findUrls, type Urls } from './urls.ts'

/** What there is to see of a Django project. */
export interface Look extends DjangoProject {
  sources: Sources
  choices: Choices
  /** The module that serves, of those in `settings`. */
  module: string
  own: Settings
  requirements: Requirements
  python: PythonVersion
  urls: Urls
  celeryApps: readonly CeleryApp[]
  celery: CeleryApp | undefined
  beat: Beat | undefined
  database: DjangoDatabase
  /** The one to write for. */
  chosen: DatabaseKind
  redis: boolean
  files: ServedFiles
}

/**
 * Looks at a project by its files.
 * @returns undefined when there is no manage.py
 * @throws MuelleError PROJECT_UNKNOWN when its settings cannot be read, or are not among the files
 */
export function lookAtDjango(sources: Sources, choices: Choices): Look | undefined {
  const project = findDjango(sources)
  if (project === undefined) return undefined
  const { root } = project
  const module = choices.settings ?? project.settings[0]
  const own = module === undefined ? undefined : readSettings(sources, root, module)
  if (module === undefined || own === undefined) throw noSettings(sources, module, project.managePy)
  const requirements = readRequirements(sources, root)
  const celeryApps = requirements.packages.has('celery') ? findCelery(sources, root, module) : []
  const celery = celeryApps.find(({ app }) => app === choices.celery) ?? celeryApps[0]
  const database = findDatabase(own, requirements)
  return {
    ...project,
    sources,
    choices,
    module,
    own,
    requirements,
    server: findServer(sources, { ...project, settings: [module] }, requirements),
    python: pythonVersion(sources, root),
    urls: findUrls(sources, root, own),
    celeryApps,
    celery,
    beat: celery === undefined ? undefined : findBeat(sources, celery, own),
    database,
    chosen: choices.database?.kind ?? database.found,
    redis: usesRedis(own, requirements, celery),
    files: servedFiles({ sources, settings: own, root }),
  }
}

function noSettings({ unreadable }: Sources, module: string | undefined, managePy: string): MuelleError {
  const closed = unreadable.find((path) => /settings/.test(path))
  if (closed !== undefined) {
    return new MuelleError('PROJECT_UNKNOWN', `The settings of the project cannot be read: ${closed}.`, {
      hint: `See who may:  ls -l ${closed}`,
    })
  }
  const what = module === undefined ? `${managePy} names no settings` : `There are no settings ${module}`
  return new MuelleError('PROJECT_UNKNOWN', `${what} among the files of the project.`, {
    hint: 'Name the module:  muelle init --settings shop.settings.production',
  })
}

/** A queue in RabbitMQ needs none, nor does a cache in memory. */
function usesRedis(settings: Settings, { packages }: Requirements, celery: CeleryApp | undefined): boolean {
  const uses = [...settings.uses, ...(celery?.uses ?? [])]
  if (uses.some((use) => purposeOf(use).startsWith('redis-'))) return true
  const text = ['CACHES', 'CHANNEL_LAYERS', 'CELERY_BROKER_URL', 'BROKER_URL', 'SESSION_REDIS']
    .map((name) => sourceOf(settings, name))
    .join('\n')
  if (/redis/i.test(text)) return true
  return celery !== undefined && !/amqp|sqs/.test(text) && !packages.has('kombu[sqs]')
}
