import { join, relative } from 'node:path'
import type { ComposeFile, ComposeMount, ComposeService } from '../app/compose.ts'
import { inferRoles } from '../app/roles.ts'
import { readSettings } from '../app/settings.ts'
import { MuelleError } from '../errors/muelle-error.ts'

/** Where the parts of an app are that is deployed from a checkout. All paths are absolute. */
export interface Places {
  /** The top of the repository, with the files of one commit. */
  checkout: string
  /** The same place in the folder that the app was last deployed from by hand. */
  home: string
  /** Paths from the top of what is in the commit. */
  tracked: ReadonlySet<string>
}

/**
 * A file that Compose has loaded from a checkout, with what lasts where it was. What is in Git comes from the checkout, so
 * that each release has its own; what is not, such as uploads, from the folder in which it is, and so does all that a
 * database mounts, which is not changed by a release.
 * @throws MuelleError SOURCE_UNUSABLE when a service would write into what is in Git
 */
export function inPlace(file: ComposeFile, places: Places): ComposeFile {
  const roles = inferRoles(file, readSettings(file).services)
  const isBacking = (name: string): boolean => roles[name]?.role === 'backing'
  const services = Object.entries(file.services).map(([name, service]): [string, ComposeService] => {
    if (service.volumes === undefined) return [name, service]
    const place = (mount: ComposeMount) => placeMount(mount, places, { name, isBacking: isBacking(name) })
    return [name, { ...service, volumes: service.volumes.map(place) }]
  })
  const lasting = Object.entries(file.services)
    .filter(([name]) => isBacking(name))
    .map(([, service]) => service)
  return {
    ...file,
    services: Object.fromEntries(services),
    ...placeFiles(file, 'secrets', { places, lasting }),
    ...placeFiles(file, 'configs', { places, lasting }),
  }
}

/** Git keeps no empty folders, so people put a file into those that the app fills. */
const placeholder = /(?:^|\/)(?:\.gitkeep|\.keep|\.gitignore)$/

function placeMount(
  mount: ComposeMount,
  places: Places,
  { name, isBacking }: { name: string; isBacking: boolean },
): ComposeMount {
  const path = inside(mount, places.checkout)
  if (path === undefined) return mount
  if (isBacking || !isInGit(path, places)) return { ...mount, source: join(places.home, path) }
  if (mount['read_only'] === true || places.tracked.has(path)) return mount
  throw new MuelleError(
    'SOURCE_UNUSABLE',
    `${name} may write into ./${path}, which is in Git: what it writes there would not be there after the next update.`,
    { hint: `Mount it read-only (${mount.target}:ro), and give what the app writes a volume of its own.` },
  )
}

/** Secrets and configs in files; a database goes on with the one that it was started with. */
function placeFiles(
  file: ComposeFile,
  kind: 'secrets' | 'configs',
  { places, lasting }: { places: Places; lasting: readonly ComposeService[] },
): Partial<ComposeFile> {
  const entries = file[kind] as Record<string, { file?: string } | null> | undefined
  if (entries === undefined) return {}
  const used = new Set(
    lasting.flatMap((service) => (service[kind] ?? []) as { source?: string }[]).map(({ source }) => source),
  )
  const placed = Object.entries(entries).map(([key, entry]) => {
    const path = inside({ type: 'bind', source: entry?.file ?? '' }, places.checkout)
    if (path === undefined || (!used.has(key) && places.tracked.has(path))) return [key, entry]
    return [key, { ...entry, file: join(places.home, path) }]
  })
  return { [kind]: Object.fromEntries(placed) }
}

function inside(
  { type, source = '' }: Pick<ComposeMount, 'type' | 'source'>,
  top: string,
): string | undefined {
  if (type !== 'bind' || source === '') return undefined
  const path = relative(top, source)
  return path.startsWith('..') || path.startsWith('/') ? undefined : path
}

function isInGit(path: string, { tracked }: Places): boolean {
  if (tracked.has(path)) return true
  const below = path === '' ? '' : `${path}/`
  return [...tracked].some((file) => file.startsWith(below) && !placeholder.test(file))
}
