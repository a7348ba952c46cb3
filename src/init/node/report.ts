import type { Blueprint, Choices, DatabaseKind, Fact, Findings, Gap } from '../blueprint.ts'
import { nodeDockerfile } from '../files/dockerfile-node.ts'
import { databaseName, projectName } from '../names.ts'
import { purposeOf } from '../purpose.ts'
import type { EnvironmentUse } from '../python/environment.ts'
import { healthAmong } from '../routes.ts'
import { pathsLike, type Sources } from '../sources.ts'
import { environmentFor } from '../variables.ts'
import { type Package, readPackage } from './package.ts'

interface Look {
  sources: Sources
  choices: Choices
  own: Package
  text: string
  uses: readonly EnvironmentUse[]
  found: DatabaseKind
  redis: boolean
  port: number
  health: string | undefined
}

/** What a Node project is, and what it takes to run it; undefined when nothing starts it. */
export function describeNode(sources: Sources, choices: Choices): Findings | undefined {
  const own = readPackage(sources)
  if (own === undefined) return undefined
  const look = lookAt(own, sources, choices)
  const { found, redis, port, health } = look
  const facts: Fact[] = [
    { what: 'kind', value: 'node', from: 'package.json' },
    { what: 'server', value: own.start, from: 'package.json' },
    { what: 'port', value: String(port) },
    { what: 'database', value: found },
    ...(redis ? [{ what: 'redis', value: 'yes' }] : []),
    { what: 'node', value: own.version, ...(own.versionFrom === undefined ? {} : { from: own.versionFrom }) },
    ...(health === undefined ? [] : [{ what: 'health', value: health }]),
  ]
  const notes = own.hasLock
    ? []
    : [
        'There is no lock file, so each build may get other versions. Make one:  npm install --package-lock-only',
      ]
  return { blueprint: blueprintOf(look), found: facts, gaps: gapsOf(look), ambiguities: [], notes }
}

function lookAt(own: Package, sources: Sources, choices: Choices): Look {
  const paths = pathsLike(sources, /\.[cm]?[jt]sx?$/).filter(
    (path) => !/(?:^|\/)(?:tests?|__tests__)\/|\.(?:test|spec)\./.test(path),
  )
  const text = paths.map((path) => sources.files[path]).join('\n')
  const uses = usesIn(text)
  return {
    sources,
    choices,
    own,
    text,
    uses,
    found: databaseOf(own.dependencies),
    redis:
      ['redis', 'ioredis', 'bullmq', 'bull', 'connect-redis'].some((name) => own.dependencies.has(name)) ||
      uses.some((use) => purposeOf(use).startsWith('redis-')),
    port: choices.port ?? portIn(text),
    health: healthAmong(routesIn(text)),
  }
}

/** A fallback behind `||` or `??` is what counts without the variable. */
function usesIn(text: string): EnvironmentUse[] {
  const found = [
    ...text.matchAll(
      /process\.env(?:\.([A-Z][A-Z0-9_]*)|\[["']([A-Z][A-Z0-9_]*)["']\])(?:\s*(?:\|\||\?\?)\s*([^\s,;)]+))?/g,
    ),
  ]
  return found
    .map(([, plain, quoted, fallback]) => ({ name: plain ?? quoted ?? '', fallback }))
    .filter(({ name }) => name !== 'NODE_ENV')
    .map(({ name, fallback }) => ({ name, setting: '', key: '', text: '', isRequired: false, fallback }))
}

function portIn(text: string): number {
  const written =
    /process\.env\.PORT\s*(?:\|\||\?\?)\s*["']?(\d{2,5})|\.listen\(\s*(\d{2,5})|\bport\s*[:=]\s*(\d{2,5})/i.exec(
      text,
    )
  return Number(written?.slice(1).find((each) => each !== undefined) ?? 3000)
}

function routesIn(text: string): string[] {
  const declared = [...text.matchAll(/\.(?:get|use|all|route)\(\s*["'`](\/[^"'`:*]*)["'`]/g)]
  const compared = [...text.matchAll(/(?:\burl|pathname|\.path)\s*===?\s*["'`](\/[^"'`]*)["'`]/g)]
  return [...declared, ...compared].map(([, path = '']) => path)
}

function databaseOf(dependencies: ReadonlySet<string>): DatabaseKind {
  const has = (...names: readonly string[]): boolean => names.some((name) => dependencies.has(name))
  if (has('pg', 'postgres', 'pg-promise')) return 'postgres'
  if (has('mysql', 'mysql2', 'mariadb')) return 'mysql'
  return has('better-sqlite3', 'sqlite3') ? 'sqlite' : 'none'
}

function blueprintOf({ sources, choices, own, uses, found, redis, port, health }: Look): Blueprint {
  const name = projectName(sources.folder)
  const { domains, email, database } = choices
  const kind = database?.kind ?? found
  const around = { database: kind, databaseName: databaseName(name), redis, domains, port }
  const { variables, required, optional } = environmentFor(uses, around)
  const fixed = [
    { name: 'NODE_ENV', value: 'production' },
    { name: 'PORT', value: String(port) },
  ]
  const volumes = kind === 'sqlite' ? [{ volume: 'data', target: '/app/data' }] : []
  return {
    kind: 'node',
    name,
    port,
    health,
    domains,
    email,
    release: own.dependencies.has('@prisma/client') ? ['npx prisma migrate deploy'] : [],
    environment: [...fixed, ...variables.filter((each) => each.name !== 'PORT')],
    volumes,
    static: {},
    logins: [],
    workers: [],
    database: { kind, version: database?.version },
    redis,
    required,
    optional: optional.filter((each) => each !== 'PORT'),
    files: [
      {
        path: 'Dockerfile',
        text: nodeDockerfile(own, { port, folders: volumes.map(({ target }) => target) }),
      },
    ],
  }
}

function gapsOf({ text, own, health, port }: Look): Gap[] {
  const file = own.main ?? 'package.json'
  const isLocal = /\.listen\([^)]*["'](?:localhost|127\.0\.0\.1)["']/.test(text)
  return [
    ...(isLocal
      ? [
          {
            id: 'listen',
            file,
            why: 'What listens on localhost in a container is reached by nobody.',
            write: `listen(process.env.PORT ?? ${port})   without a host name`,
          },
        ]
      : []),
    ...(health === undefined
      ? [
          {
            id: 'health',
            file,
            why: 'A path that answers only when the app can serve is how Muelle knows that a release is ready; then write  health: /health  below  x-muelle  in compose.yaml.',
            write: "app.get('/health', (request, response) => response.send('ok'))",
          },
        ]
      : []),
  ]
}
