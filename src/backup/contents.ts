import type { App, Service } from '../app/app.ts'
import { backupsSchema } from '../app/backup-schema.ts'
import { type ComposeMount, commandLine } from '../app/compose.ts'
import type { OutsideSettings } from '../app/outside-schema.ts'
import type { BackupSettings } from '../app/schema.ts'
import { type ServerKind, serverOf } from '../app/servers.ts'
import type { ServerDump } from './manifest.ts'

/** What a restore point of an app has to hold, as far as its file tells. Pure. */
export interface Contents {
  /** Of the file, and those outside Docker under the names that the settings give them. */
  databases: readonly { service: string; kind: ServerDump['kind'] }[]
  /** Databases without which a restore point would be worth nothing, and that nothing can dump yet. */
  unsupported: readonly DatabaseService[]
  /** Caches and queues: the app works without their contents, and they are left out aloud. */
  without: readonly DatabaseService[]
  media: readonly Media[]
  /** Volumes that are made again by the app itself, or were excluded. */
  rebuilt: readonly string[]
}

export interface DatabaseService {
  service: string
  kind: ServerKind
}

/** Files of the app: a volume or a folder. */
export interface Media {
  /** Names its folder in the restore point; the same on every machine. */
  key: string
  /** A volume's full name, or an absolute path on this machine. */
  source: string
}

const supported: Readonly<Partial<Record<ServerKind, ServerDump['kind']>>> = {
  postgres: 'postgres',
  mysql: 'mysql',
  redis: 'redis',
}
const replaceable: ReadonlySet<ServerKind> = new Set(['redis', 'rabbitmq', 'nats', 'kafka'])

const usual = backupsSchema.unwrap().parse({})

/** A file may say nothing of backups, which can still be made by hand, and the model of an older Muelle not all of it. */
export function backupSettings({ settings }: Pick<App, 'settings'>): BackupSettings {
  return { ...usual, ...settings.backups }
}

export function contentsOf(app: App): Contents {
  const databases = app.services.flatMap((service) => databaseOf(service) ?? [])
  const kept = databases.filter(({ kind }) => kind !== 'memcached')
  const all = mediaOf(app)
  const isLeftOut = ({ key }: Media): boolean =>
    backupSettings(app).exclude.includes(key) || isCollected(key, app)
  const isData = (service: Service): boolean =>
    isPersistent(service) || backupSettings(app).include?.includes(service.name) === true
  const lasting = new Set(app.services.filter(isData).map(({ name }) => name))
  const within = kept.flatMap(({ service, kind: server }) => {
    const kind = server === 'redis' && !lasting.has(service) ? undefined : supported[server]
    return kind === undefined ? [] : [{ service, kind }]
  })
  const outside = Object.keys(backupSettings(app).outside ?? {})
  return {
    databases: [...within, ...outside.map((service) => ({ service, kind: 'postgres' as const }))],
    without: kept.filter(
      ({ service, kind }) => replaceable.has(kind) && !(kind === 'redis' && lasting.has(service)),
    ),
    unsupported: kept.filter(({ kind }) => supported[kind] === undefined && !replaceable.has(kind)),
    media: all.filter((media) => !isLeftOut(media)),
    rebuilt: all.filter(isLeftOut).map(({ key }) => key),
  }
}

/** What the settings say of a database outside Docker; undefined for a service of the file. */
export function outsideOf(app: Pick<App, 'settings'>, name: string): OutsideSettings | undefined {
  return backupSettings(app).outside?.[name]
}

/** What of the project folder is kept elsewhere in a restore point, or is made again. */
export function projectExcludes(app: App, media: readonly Media[]): string[] {
  const databases = app.services.filter((service) => databaseOf(service) !== undefined)
  const data = databases
    .flatMap(({ definition }) => definition.volumes ?? [])
    .filter(({ type, target }) => type === 'bind' && /^\/(?:var\/lib|data|bitnami)(?:\/|$)/.test(target))
    .flatMap(({ source }) => source ?? [])
  const within = [...media.map(({ source }) => source), ...data].flatMap((path) =>
    path.startsWith(`${app.directory}/`) ? [path.slice(app.directory.length + 1)] : [],
  )
  return [...within, '**/.git', '**/node_modules', '**/.venv', '**/venv', '**/__pycache__']
}

function databaseOf({ name, role, definition }: Service): DatabaseService | undefined {
  const kind = serverOf(definition)
  return role === 'backing' && kind !== undefined ? { service: name, kind } : undefined
}

/** A Redis that writes what it has into a volume is more than a cache. */
function isPersistent({ definition }: Service): boolean {
  const hasVolume = (definition.volumes ?? []).some(({ target, source }) => target === '/data' && source)
  return hasVolume && /appendonly\s+yes|--save\s+["']?\d/.test(commandLine(definition))
}

/** Volumes and writable folders of all that is no database; a volume that a database has too is the database's. */
function mediaOf(app: App): Media[] {
  const isDatabase = (service: Service): boolean => databaseOf(service) !== undefined
  const others = app.services.filter((service) => !isDatabase(service) && service.role !== 'replaced')
  const taken = new Set(sourcesOf(app, app.services.filter(isDatabase)).map(({ source }) => source))
  const found = sourcesOf(app, others).filter(({ source }) => !taken.has(source))
  return [...new Map(found.map((media) => [media.source, media])).values()].sort((a, b) =>
    a.key.localeCompare(b.key),
  )
}

function sourcesOf(app: App, services: readonly Service[]): Media[] {
  return services.flatMap(({ definition }) =>
    (definition.volumes ?? []).flatMap((mount) => sourceOf(app, mount) ?? []),
  )
}

function sourceOf(app: App, mount: ComposeMount): Media | undefined {
  const { type, source = '' } = mount
  if (source === '') return undefined
  if (type === 'volume')
    return { key: source, source: app.file.volumes?.[source]?.name ?? `${app.name}_${source}` }
  if (type !== 'bind' || mount['read_only'] === true || !isData(source, app)) return undefined
  return {
    key: source
      .replace(`${app.home ?? app.directory}/`, '')
      .replaceAll(/[^\w.-]+/g, '-')
      .replace(/^-/, ''),
    source,
  }
}

/** The code itself, devices and sockets are no data of the app. */
function isData(path: string, { directory: checkout, home: directory = checkout }: App): boolean {
  const isAbove = `${directory}/`.startsWith(path.endsWith('/') ? path : `${path}/`)
  return !isAbove && !/^\/(?:proc|sys|dev|run|var\/run|etc)(?:\/|$)/.test(path) && !path.endsWith('.sock')
}

/** What collectstatic fills is filled by the next release, as long as something runs it. */
function isCollected(key: string, { services, settings }: App): boolean {
  const commands = [...settings.release.map((command) => [command].flat().join(' ')), ...services.map(lineOf)]
  const isFilled = commands.some((line) => line.includes('collectstatic'))
  return isFilled && /(?:^|[_-])static(?:files|[_-]?root|[_-](?:volume|files|data))?$/.test(key)
}

function lineOf({ definition }: Service): string {
  return commandLine(definition)
}
