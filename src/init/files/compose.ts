import {
  Document,
  isCollection,
  isMap,
  isScalar,
  type Node,
  type Pair,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml'
import type { Blueprint, Mount } from '../blueprint.ts'
import { databaseName } from '../names.ts'
import { databaseService, hardening, redisService, type ServiceYaml } from './services.ts'

const head = ` Written by muelle init. It is a standard Compose file: docker compose up works with it too.
 \${NAME:?} is taken from .env, or from  muelle secrets set NAME.`

const foot = ` With a domain it gets TLS, and the ports 80 and 443. Below x-muelle:
   domains: [shop.example.com]
   tls: {email: ops@example.com}`

/** The Compose file of a project, with the `x-muelle` blocks that deploy it. */
export function composeText(blueprint: Blueprint): string {
  const document = new Document(contentOf(blueprint), { aliasDuplicateObjects: false })
  document.commentBefore = head
  if (blueprint.domains.length === 0) document.comment = foot
  share(document, blueprint)
  spaceOut(document)
  for (const [path, comment] of commentsFor(blueprint)) explain(document, path, comment)
  visit(document, { Scalar: (_, scalar) => quoteOld(scalar) })
  return document.toString({ lineWidth: 0, flowCollectionPadding: false, nullStr: '' })
}

function contentOf(blueprint: Blueprint): Record<string, unknown> {
  const { name, redis } = blueprint
  const settings = settingsOf(blueprint)
  const database = databaseService(blueprint, databaseName(name))
  const volumes = [
    ...mountsOf(blueprint).map(({ volume }) => volume),
    ...(database === undefined ? [] : [database.volume]),
    ...(redis ? ['redis_data'] : []),
  ]
  return {
    name,
    services: {
      web: webService(blueprint),
      ...Object.fromEntries(
        blueprint.workers.map((worker) => [worker.name, workerService(blueprint, worker)]),
      ),
      ...(database === undefined ? {} : { db: database.service }),
      ...(redis ? { redis: redisService() } : {}),
    },
    ...(volumes.length === 0
      ? {}
      : { volumes: Object.fromEntries([...new Set(volumes)].map((each) => [each, null])) }),
    ...(Object.keys(settings).length === 0 ? {} : { 'x-muelle': settings }),
  }
}

function mountsOf({ volumes, workers }: Blueprint): Mount[] {
  return [...volumes, ...workers.flatMap((worker) => worker.volumes)]
}

function appService(blueprint: Blueprint): Record<string, unknown> {
  const { environment, database, redis } = blueprint
  const needs = [
    ...(['postgres', 'mysql'].includes(database.kind) ? ['db'] : []),
    ...(redis ? ['redis'] : []),
  ]
  return {
    build: '.',
    environment: Object.fromEntries(environment.map(({ name, value }) => [name, value])),
    ...(needs.length === 0
      ? {}
      : { depends_on: Object.fromEntries(needs.map((each) => [each, { condition: 'service_healthy' }])) }),
    // A database on the machine itself is reached under this name.
    ...(database.kind === 'external' ? { extra_hosts: ['host.docker.internal:host-gateway'] } : {}),
    restart: 'unless-stopped',
  }
}

function webService(blueprint: Blueprint): ServiceYaml {
  const { port, health, domains, kind, volumes } = blueprint
  const concurrency = kind === 'node' ? {} : { WEB_CONCURRENCY: null }
  const app = appService(blueprint)
  return {
    ...app,
    environment: { ...(app['environment'] as object), ...concurrency },
    ...writtenMounts(volumes),
    // Behind the gateway nothing needs the port; on a laptop it does.
    ports: [domains.length === 0 ? `${port}:${port}` : `127.0.0.1:${port}:${port}`],
    stop_grace_period: '30s',
    ...hardening('512M'),
    'x-muelle': { port, ...(health === undefined ? {} : { health }) },
  }
}

function workerService(blueprint: Blueprint, worker: Blueprint['workers'][number]): ServiceYaml {
  const isBeat = worker.name === 'beat'
  return {
    ...appService(blueprint),
    command: worker.command,
    ...writtenMounts([...(isBeat ? [] : blueprint.volumes), ...worker.volumes]),
    stop_grace_period: worker.grace,
    ...hardening(worker.memory),
  }
}

function writtenMounts(mounts: readonly Mount[]): ServiceYaml {
  return mounts.length === 0 ? {} : { volumes: mounts.map(({ volume, target }) => `${volume}:${target}`) }
}

function settingsOf({ domains, email, release, static: files, logins }: Blueprint): ServiceYaml {
  return {
    ...(domains.length === 0 ? {} : { domains }),
    ...(email === undefined ? {} : { tls: { email } }),
    ...(release.length === 0 ? {} : { release }),
    ...(Object.keys(files).length === 0 ? {} : { static: files }),
    ...(logins.length === 0
      ? {}
      : { paths: Object.fromEntries(logins.map((path) => [path, { rate: '30r/m', burst: 10 }])) }),
  }
}

/** What several services have is written once, at the first of them, and named there. */
function share(document: Document, { workers }: Blueprint): void {
  if (workers.length === 0) return
  for (const key of ['environment', 'depends_on', 'security_opt', 'cap_drop', 'logging']) {
    const first = document.getIn(['services', 'web', key], true)
    if (first === undefined) continue
    const alias = document.createAlias(first as YAMLMap, key.replace('_', '-'))
    for (const { name } of workers) document.setIn(['services', name, key], alias)
  }
}

/** Empty lines between services and between blocks; short lists on one line. */
function spaceOut(document: Document): void {
  const services = document.get('services')
  for (const map of [document.contents, services]) {
    if (!isMap(map)) continue
    for (const [index, { key }] of map.items.entries()) if (index > 0) (key as Scalar).spaceBefore = true
  }
  if (isMap(services)) for (const { value } of services.items) inline(value as YAMLMap)
}

const onOneLine = new Set([
  'volumes',
  'ports',
  'command',
  'test',
  'security_opt',
  'cap_drop',
  'deploy',
  'logging',
  'x-muelle',
  'extra_hosts',
])

function inline(service: YAMLMap): void {
  for (const { key, value } of service.items as Pair<Scalar<string>, Node | null>[]) {
    if (onOneLine.has(key.value) && isCollection(value)) value.flow = true
    if ((key.value === 'healthcheck' || key.value === 'depends_on') && isMap(value)) inline(value)
    if (/^(?:db|redis)$/.test(key.value) && isCollection(value)) value.flow = true
  }
}

type Comment = [path: readonly string[], text: string]

function commentsFor({ domains, environment, kind }: Blueprint): Comment[] {
  const passesOn = kind !== 'node' || environment.some(({ value }) => value === null)
  const always: Comment[] = [
    [['services', 'web', 'deploy'], ' What one container may take at most.'],
    [
      ['services', 'db', 'healthcheck'],
      ' Over TCP: the server that fills a new volume listens on the socket only.',
    ],
    [['x-muelle', 'release'], ' Once, in the new image, before it starts.'],
    [['x-muelle', 'static'], ' Served by the gateway, from the volumes.'],
  ]
  return [
    ...always,
    ...(passesOn
      ? [
          [
            ['services', 'web', 'environment'],
            ' A name without a value is passed on from .env, when it is there.',
          ] as Comment,
        ]
      : []),
    ...(domains.length > 0
      ? [
          [
            ['services', 'web', 'ports'],
            ' For docker compose up: behind the gateway it is not published.',
          ] as Comment,
        ]
      : []),
  ]
}

/** Older readers of YAML take these for a switch. */
function quoteOld(scalar: Scalar): void {
  if (typeof scalar.value === 'string' && /^(?:y|n|yes|no|on|off)$/i.test(scalar.value))
    scalar.type = 'QUOTE_DOUBLE'
}

function explain(document: Document, path: readonly string[], comment: string): void {
  const map = document.getIn(path.slice(0, -1))
  const pair = isMap(map)
    ? map.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
    : undefined
  if (pair !== undefined && isScalar(pair.key)) pair.key.commentBefore = comment
}
