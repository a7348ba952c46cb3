import type { Blueprint, Choices, DatabaseKind, Fact, Findings, Gap, Mount } from '../blueprint.ts'
import { byDriver } from '../django/database.ts'
import { pythonDockerfile } from '../files/dockerfile-python.ts'
import { gunicornCommand, gunicornFile } from '../files/gunicorn.ts'
import { databaseName, projectName } from '../names.ts'
import { purposeOf } from '../purpose.ts'
import { type EnvironmentUse, environmentUses } from '../python/environment.ts'
import { missingPackages } from '../python/needs.ts'
import { type Requirements, readRequirements } from '../python/requirements.ts'
import { type PythonFile, readPython, stringOf } from '../python/syntax.ts'
import { type PythonVersion, pythonVersion } from '../python/version.ts'
import { healthAmong } from '../routes.ts'
import type { Sources } from '../sources.ts'
import { environmentFor } from '../variables.ts'
import { type FlaskApp, findFlask } from './app.ts'

interface Look {
  sources: Sources
  choices: Choices
  app: FlaskApp
  requirements: Requirements
  python: PythonVersion
  modules: Readonly<Record<string, PythonFile>>
  uses: readonly EnvironmentUse[]
  found: DatabaseKind
  chosen: DatabaseKind
  redis: boolean
  health: string | undefined
}

/** What a Flask project is, and what it takes to run it; undefined when there is no app object. */
export function describeFlask(sources: Sources, choices: Choices): Findings | undefined {
  const look = lookAt(sources, choices)
  if (look === undefined) return undefined
  const { requirements, found, chosen, redis, health, app, python } = look
  const connected = chosen === 'external' ? found : chosen
  const facts: Fact[] = [
    { what: 'kind', value: 'flask', from: app.file },
    { what: 'server', value: `gunicorn ${app.target}` },
    { what: 'database', value: chosen === 'external' ? `${found}, outside Docker` : found },
    ...(redis ? [{ what: 'redis', value: 'yes' }] : []),
    { what: 'requirements', value: requirements.kind, from: requirements.file },
    { what: 'python', value: python.version, ...(python.from === undefined ? {} : { from: python.from }) },
    ...(health === undefined ? [] : [{ what: 'health', value: health }]),
  ]
  return {
    blueprint: blueprintOf(look),
    found: facts,
    gaps: [
      ...missingPackages(requirements, {
        framework: 'Flask',
        server: 'gunicorn',
        database: connected,
        redis,
      }),
      ...secretGap(look),
      ...healthGap(look),
    ],
    ambiguities: [],
    notes: [],
  }
}

function lookAt(sources: Sources, choices: Choices): Look | undefined {
  const requirements = readRequirements(sources, '')
  const app = findFlask(sources)
  if (
    app === undefined ||
    (!requirements.packages.has('flask') && !/\bflask\b/i.test(sources.files[app.file] ?? ''))
  )
    return undefined
  const code = Object.entries(sources.files).filter(
    ([path]) => path.endsWith('.py') && !/(?:^|\/)tests?[/_]/.test(path),
  )
  const modules = Object.fromEntries(code.map(([path, text]) => [path, readPython(text)]))
  const uses = Object.values(modules).flatMap(environmentUses)
  const text = code.map(([, source]) => source).join('\n')
  const found = byDriver(requirements.packages) ?? (/sqlite:\/\/\//.test(text) ? 'sqlite' : 'none')
  return {
    sources,
    choices,
    app,
    requirements,
    python: pythonVersion(sources, ''),
    modules,
    uses,
    found,
    chosen: choices.database?.kind ?? found,
    redis: uses.some((use) => purposeOf(use).startsWith('redis-')),
    health: healthAmong(routesIn(text)),
  }
}

function routesIn(text: string): string[] {
  return [...text.matchAll(/@\w+\.(?:route|get)\(\s*["']([^"'<]*)["']/g)].map(([, path = '']) => path)
}

function blueprintOf(look: Look): Blueprint {
  const { sources, choices, app, requirements, python, chosen, redis, health } = look
  const name = projectName(sources.folder)
  const port = choices.port ?? 8000
  const { domains, email, database } = choices
  const around = { database: chosen, databaseName: databaseName(name), redis, domains, port }
  const { variables, required, optional } = environmentFor(look.uses, around)
  const volumes: Mount[] = chosen === 'sqlite' ? [{ volume: 'data', target: '/app/instance' }] : []
  const folders = volumes.map(({ target }) => target)
  const image = {
    version: python.version,
    requirements,
    root: '',
    port,
    folders,
    command: gunicornCommand(app.target, port, sources.files['gunicorn.conf.py'] !== undefined),
  }
  return {
    kind: 'flask',
    name,
    port,
    health,
    domains,
    email,
    release: migrates(look) ? [['flask', '--app', app.target, 'db', 'upgrade']] : [],
    environment: variables,
    volumes,
    static: {},
    logins: [],
    workers: [],
    database: { kind: chosen, version: database?.version },
    redis,
    required,
    optional,
    files: [
      { path: 'Dockerfile', text: pythonDockerfile(image) },
      { path: 'gunicorn.conf.py', text: gunicornFile(port) },
    ],
  }
}

function migrates({ requirements, sources }: Look): boolean {
  return requirements.packages.has('flask-migrate') && sources.files['migrations/env.py'] !== undefined
}

function secretGap({ modules }: Look): Gap[] {
  return Object.entries(modules).flatMap(([file, { assignments }]) =>
    assignments
      .filter(({ name, keys, text }) => {
        const isKey = /(?:^|\.)secret_key$/i.test(name) || keys.at(-1) === 'SECRET_KEY'
        return isKey && stringOf(text) !== undefined
      })
      .map(({ name, keys, line }) => ({
        id: 'secret-key',
        file,
        line,
        isReplacing: true,
        why: 'Whoever reads the repository knows the key, and signs sessions as anyone.',
        write: `${name}${keys.map((key) => `["${key}"]`).join('')} = os.environ["SECRET_KEY"]`,
      })),
  )
}

function healthGap({ health, app }: Look): Gap[] {
  if (health !== undefined) return []
  return [
    {
      id: 'health',
      file: app.file,
      why: 'A path that answers only when the app can serve is how Muelle knows that a release is ready; then write  health: /health/  below  x-muelle  in compose.yaml.',
      write: '@app.get("/health/")\ndef health():\n    return "ok"',
    },
  ]
}
