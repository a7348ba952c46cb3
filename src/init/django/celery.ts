import { type EnvironmentUse, environmentUses } from '../python/environment.ts'
import { readPython } from '../python/syntax.ts'
import { moduleName, pathsLike, type Sources } from '../sources.ts'
import { type Settings, sourceOf } from './settings.ts'

export interface CeleryApp {
  /** For `celery -A`. */
  app: string
  file: string
  uses: readonly EnvironmentUse[]
}

/** Every Celery app of the code below a folder; that of the settings' own package first. */
export function findCelery(sources: Sources, root: string, settingsModule = ''): CeleryApp[] {
  const own = settingsModule.split('.')[0] ?? ''
  const inside = (path: string): boolean => root === '' || path.startsWith(`${root}/`)
  return pathsLike(sources, /\.py$/)
    .filter((path) => inside(path) && !/(?:^|\/)(?:tests?|conftest)(?:\/|\.py$|_)/.test(path))
    .flatMap((path) => {
      const text = sources.files[path] ?? ''
      if (!/\bCelery\(/.test(text)) return []
      const python = readPython(text)
      const name = python.assignments.find(({ text: value }) => /^(?:celery\.)?Celery\(/.test(value))?.name
      if (name === undefined || name.includes('.')) return []
      const uses = environmentUses(python)
      return [{ app: appName(moduleName(root, path), name), file: path, uses }]
    })
    .toSorted((a, b) => Number(b.app.split(/[.:]/)[0] === own) - Number(a.app.split(/[.:]/)[0] === own))
}

/** Celery finds `celery.py` in a package by itself, and an `app` or `celery` in a module. */
function appName(module: string, name: string): string {
  if (module.endsWith('.celery') && /^(?:app|celery)$/.test(name)) return module.replace(/\.celery$/, '')
  return /^(?:app|celery)$/.test(name) ? module : `${module}:${name}`
}

export interface Beat {
  /** Keeps its schedule in Django's database rather than in a file. */
  isInDatabase: boolean
}

/** Whether something is to happen on a schedule. */
export function findBeat(sources: Sources, app: CeleryApp, settings: Settings | undefined): Beat | undefined {
  const installed = settings === undefined ? '' : sourceOf(settings, 'INSTALLED_APPS')
  if (/django_celery_beat/.test(installed)) return { isInDatabase: true }
  const text = [app.file, ...(settings?.files ?? [])].map((path) => sources.files[path] ?? '').join('\n')
  const isScheduled = /beat_schedule|BEAT_SCHEDULE|add_periodic_task|\bcrontab\(/.test(text)
  return isScheduled ? { isInDatabase: false } : undefined
}
