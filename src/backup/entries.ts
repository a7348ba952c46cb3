import { posix } from 'node:path'
import { z } from 'zod'
import { inside } from './restic.ts'

/**
 * What of a restore point is neither file nor folder. Whoever could write into an app's files could plant a link or a device
 * there, which a restore would put on this machine. Pure.
 */
export interface Entry {
  /** In the snapshot. */
  path: string
  type: string
  /** Of a link. */
  target?: string | undefined
}

const nodeSchema = z.object({ name: z.string(), path: z.string(), type: z.string() })

const elsewhere = 'name that leads elsewhere'

const harmless: ReadonlySet<string> = new Set(['file', 'dir', 'socket'])

/** @returns what a line of `restic ls --json` tells, unless it is a file, a folder, or what a restore leaves out anyway */
export function readEntry(line: string): Entry | undefined {
  if (!line.startsWith('{')) return undefined
  const node = nodeSchema.safeParse(JSON.parse(line)).data
  if (node === undefined) return undefined
  const { name, path, type } = node
  if (!isName(name)) return { path: `${path} (${JSON.stringify(name)})`, type: elsewhere }
  return harmless.has(type) ? undefined : { path, type }
}

function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name)
}

const foundSchema = z.array(
  z.object({ matches: z.array(z.object({ path: z.string(), linktarget: z.string().optional() })) }),
)

/** Where links lead to, by path, of what `restic find --json` prints. */
export function readTargets(text: string): Map<string, string> {
  const found = foundSchema.parse(JSON.parse(text === '' ? '[]' : text))
  const matches = found.flatMap((each) => each.matches)
  return new Map(matches.map(({ path, linktarget }) => [path, linktarget ?? '']))
}

export interface Judged {
  /** With these, nobody made it who meant well: nothing of it is to be used. */
  refused: readonly Entry[]
  /** Not to be made by a restore. */
  leftOut: readonly Entry[]
}

/** Dumps and secrets are files; among those of the app there may be links that stay within their volume or folder. */
export function judgeEntries(entries: readonly Entry[]): Judged {
  const refused = entries.filter(
    ({ path, type }) => type === elsewhere || isWithin(inside.dump, path) || isWithin(inside.state, path),
  )
  return {
    refused,
    leftOut: entries.filter((entry) => !refused.includes(entry) && !isHarmlessLink(entry)),
  }
}

/**
 * Only a target that begins with no more `..` than there are folders above, and has none later, is sure to stay: a `..`
 * after the name of another link leads to where that one leads.
 */
function isHarmlessLink({ path, type, target = '' }: Entry): boolean {
  if (type !== 'symlink' || target === '' || target.startsWith('/')) return false
  const up = /^(?:\.\.(?:\/+|$)|\.\/+)*/.exec(target)?.[0] ?? ''
  if (target.slice(up.length).split('/').includes('..')) return false
  return isWithin(volumeOf(path), `${posix.join(posix.dirname(path), up)}/`)
}

/** The folder of the snapshot that becomes a volume, or a folder of this machine. */
function volumeOf(path: string): string {
  return /^\/restore-point\/(?:media\/[^/]+|[^/]+)/.exec(path)?.[0] ?? path
}

function isWithin(folder: string, path: string): boolean {
  return path.startsWith(`${folder}/`)
}

export function describeEntry({ path, type, target }: Entry): string {
  return type === 'symlink' ? `${path}, a link to ${target || 'nowhere'}` : `${path}, a ${type}`
}
