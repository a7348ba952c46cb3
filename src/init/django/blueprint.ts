import type { Blueprint, Mount, NewFile, Variable, Worker } from '../blueprint.ts'
import { pythonDockerfile } from '../files/dockerfile-python.ts'
import { gunicornCommand, gunicornFile } from '../files/gunicorn.ts'
import { databaseName, projectName } from '../names.ts'
import { purposeOf } from '../purpose.ts'
import type { EnvironmentUse } from '../python/environment.ts'
import { joinPath } from '../sources.ts'
import { environmentFor } from '../variables.ts'
import { sqliteFolder } from './database.ts'
import { imageFolder } from './files.ts'
import type { Look } from './look.ts'
import type { Server } from './project.ts'
import { sourceOf } from './settings.ts'

/** What it takes to run a Django project. */
export function djangoBlueprint(look: Look): Blueprint {
  const { choices, sources, urls, files, chosen, redis } = look
  const name = projectName(sources.folder)
  const port = choices.port ?? 8000
  const around = { database: chosen, databaseName: databaseName(name), redis, domains: choices.domains, port }
  const { variables, required, optional } = environmentFor(usesOf(look), around)
  return {
    kind: 'django',
    name,
    port,
    health: healthPath(look),
    domains: choices.domains,
    email: choices.email,
    release: [
      'python manage.py migrate --noinput',
      ...(files.hasStatic ? ['python manage.py collectstatic --noinput'] : []),
    ],
    environment: withOwn(
      [{ name: 'DJANGO_SETTINGS_MODULE', value: look.module }, ...files.variables],
      variables,
    ),
    volumes: volumesOf(look),
    static: files.static,
    logins: urls.admin === undefined ? [] : [`${urls.admin}login/`],
    workers: workersOf(look),
    database: { kind: chosen, version: choices.database?.version },
    redis,
    required,
    optional,
    files: filesOf(look, port),
  }
}

/** The admin's login page is there when nothing else is, and needs the database. */
export function healthPath({ urls }: Look): string | undefined {
  return urls.health ?? (urls.admin === undefined ? undefined : `${urls.admin}login/`)
}

function withOwn(own: readonly Variable[], others: readonly Variable[]): Variable[] {
  return [...own, ...others.filter(({ name }) => !own.some((each) => each.name === name))]
}

/** With what the settings will read once the gaps are filled. */
function usesOf(look: Look): EnvironmentUse[] {
  const { own, celery, chosen, database, redis } = look
  const read = [...own.uses, ...(celery?.uses ?? [])]
  const has = (purpose: string): boolean => read.some((use) => purposeOf(use) === purpose)
  const expect = (name: string, setting: string, key = setting): EnvironmentUse => {
    return { name, setting, key, text: '', isRequired: true, fallback: undefined }
  }
  const isServer = chosen === 'postgres' || chosen === 'mysql' || chosen === 'external'
  const isQueueNamed = read.some(({ name, setting }) => /BROKER/.test(`${name} ${setting}`))
  const keepsResults =
    /redis/.test(sourceOf(own, 'CELERY_RESULT_BACKEND')) && !read.some(({ name }) => /RESULT/.test(name))
  return [
    ...(has('secret-key') ? [] : [expect('SECRET_KEY', 'SECRET_KEY')]),
    ...(has('debug') ? [] : [expect('DEBUG', 'DEBUG')]),
    ...(has('hosts') ? [] : [expect('ALLOWED_HOSTS', 'ALLOWED_HOSTS')]),
    ...read,
    ...(isServer && !database.isMovable
      ? ['NAME', 'USER', 'PASSWORD', 'HOST', 'PORT'].map((key) => expect(`DB_${key}`, 'DATABASES', key))
      : []),
    // Celery itself reads these two from the environment, past the settings.
    ...(celery !== undefined && redis && !isQueueNamed ? [expect('CELERY_BROKER_URL', '')] : []),
    ...(celery !== undefined && redis && keepsResults ? [expect('CELERY_RESULT_BACKEND', '')] : []),
    ...(redis && /rediss?:/.test(sourceOf(own, 'CACHES')) && !read.some(({ setting }) => setting === 'CACHES')
      ? [expect('REDIS_URL', 'CACHES')]
      : []),
  ]
}

export function volumesOf({ files, chosen, own, root }: Look): Mount[] {
  if (chosen !== 'sqlite') return [...files.volumes]
  const folder = sqliteFolder(own, root) ?? joinPath(root, 'data')
  return [
    ...files.volumes,
    { volume: 'data', target: folder.startsWith('/') ? folder : `${imageFolder}/${folder}` },
  ]
}

/** Memory for two processes beside the one that starts them. */
function workersOf({ celery, beat }: Look): Worker[] {
  if (celery === undefined) return []
  const start = ['celery', '-A', celery.app]
  const worker: Worker = {
    name: 'worker',
    command: [...start, 'worker', '--loglevel', 'info', '--concurrency', '2'],
    grace: '60s',
    memory: '512M',
    volumes: [],
  }
  if (beat === undefined) return [worker]
  const folder = '/var/lib/celery'
  const schedule = beat.isInDatabase
    ? ['--scheduler', 'django_celery_beat.schedulers:DatabaseScheduler']
    : ['--schedule', `${folder}/schedule`]
  return [
    worker,
    {
      name: 'beat',
      command: [...start, 'beat', '--loglevel', 'info', '--pidfile=', ...schedule],
      grace: '10s',
      memory: '256M',
      volumes: beat.isInDatabase ? [] : [{ volume: 'schedule', target: folder }],
    },
  ]
}

function filesOf(look: Look, port: number): NewFile[] {
  const { python, requirements, root, server, sources } = look
  const settingsOfServer = joinPath(root, 'gunicorn.conf.py')
  const hasOwn = sources.files[settingsOfServer] !== undefined
  const mounts = [...volumesOf(look), ...workersOf(look).flatMap(({ volumes }) => volumes)]
  const folders = mounts.map(({ target }) => target)
  const text = pythonDockerfile({
    version: python.version,
    requirements,
    root,
    port,
    folders,
    command: commandOf(server, port, hasOwn),
  })
  return [
    { path: 'Dockerfile', text },
    ...(server.program === 'gunicorn' ? [{ path: settingsOfServer, text: gunicornFile(port) }] : []),
  ]
}

function commandOf({ program, module, object }: Server, port: number, hasOwn: boolean): string[] {
  const app = `${module}:${object}`
  if (program === 'daphne') return ['daphne', '-b', '0.0.0.0', '-p', String(port), app]
  if (program === 'uvicorn') return ['uvicorn', app, '--host', '0.0.0.0', '--port', String(port)]
  return gunicornCommand(app, port, hasOwn)
}
