import type { DatabaseKind } from '../blueprint.ts'
import { purposeOf } from '../purpose.ts'
import type { EnvironmentUse } from '../python/environment.ts'
import { readPath } from '../python/paths.ts'
import type { Requirements } from '../python/requirements.ts'
import { folderOf, joinPath } from '../sources.ts'
import { lastOf, type Settings, sourceOf } from './settings.ts'

export interface DjangoDatabase {
  /** As the settings have it. */
  found: DatabaseKind
  /** Whether the environment can name another server. */
  isMovable: boolean
}

/** What the settings connect to. A server counts before SQLite, which is often there for a laptop only. */
export function findDatabase(settings: Settings, { packages }: Requirements): DjangoDatabase {
  const uses = settings.uses.filter(isAddress)
  const text = [sourceOf(settings, 'DATABASES'), ...uses.map(({ fallback = '' }) => fallback)].join('\n')
  const isMovable = uses.some((use) => /^database-(?:host|url)$/.test(purposeOf(use)))
  if (/postgres|postgis|psycopg|timescale/.test(text)) return { found: 'postgres', isMovable }
  if (/mysql|mariadb/.test(text)) return { found: 'mysql', isMovable }
  if (isMovable) return { found: byDriver(packages) ?? 'postgres', isMovable }
  return { found: text.trim() === '' ? 'none' : 'sqlite', isMovable }
}

function isAddress(use: EnvironmentUse): boolean {
  return use.setting === 'DATABASES' || purposeOf(use).startsWith('database-')
}

/** By the driver among the requirements. */
export function byDriver(packages: ReadonlySet<string>): DatabaseKind | undefined {
  if (['psycopg', 'psycopg2', 'psycopg2-binary', 'asyncpg'].some((name) => packages.has(name)))
    return 'postgres'
  return ['mysqlclient', 'pymysql', 'mysql-connector-python'].some((name) => packages.has(name))
    ? 'mysql'
    : undefined
}

/** The folder of the SQLite file, when it is one that a volume may cover: one with nothing else in it. */
export function sqliteFolder(settings: Settings, root: string): string | undefined {
  const text = sourceOf(settings, 'DATABASES')
  const name = /["']NAME["']\s*:\s*([^,}\n]+)/.exec(text)?.[1]
  if (name === undefined) return undefined
  const path = readPath({ text: name, file: settings.file }, (other) => {
    const found = lastOf(settings, other)
    return found === undefined ? undefined : { text: found.text, file: found.file }
  })
  const folder =
    path === undefined ? undefined : path.startsWith('/') ? `/${folderOf(path.slice(1))}` : folderOf(path)
  return folder === undefined || folder === '' || joinPath(folder) === root ? undefined : folder
}
