import type { App } from '../app/app.ts'
import type { Step } from '../deploy/step.ts'
import { imageGroups } from '../release/render.ts'
import { backupSettings } from './contents.ts'
import type { DatabasePart } from './step.ts'

/** What a backup, a drill and a restore do, in order. Pure. */

/** A failure leaves nothing; from the end of `keep` on there is a restore point that nobody has proven. */
export function planBackup(
  point: string,
  { image, hasHistory = false }: { image: string; hasHistory?: boolean },
): Step[] {
  return [
    { kind: 'images', references: [image] },
    ...(hasHistory ? [{ kind: 'base' } as const] : []),
    { kind: 'dump', point },
    { kind: 'keep', point },
    { kind: 'tidy', point },
  ]
}

export function planDrill(point: string, image: string): Step[] {
  return [
    { kind: 'images', references: [image] },
    { kind: 'prove', point },
  ]
}

export function planCheck(image: string): Step[] {
  return [{ kind: 'images', references: [image] }, { kind: 'check' }]
}

/** What is done for the data before the release commands of a deployment. */
export interface Precaution {
  point: string
  /** It is proven already, and young enough. */
  isThere: boolean
}

/** Nothing of the app is touched before all of this is done. */
export function planPrecaution(app: App, release: number, { point, isThere }: Precaution): Step[] {
  const commands = app.settings.release
  const { rehearse: rehearses, max_lock } = backupSettings(app)
  const copy = { kind: 'prove', point, release, rehearses } as const
  const rehearsal: Step[] = rehearses
    ? [{ kind: 'rehearse', point, release, groups: imageGroups(app, release), commands, maxLockMs: max_lock }]
    : []
  if (isThere) return [{ kind: 'reuse', release, point }, ...(rehearses ? [copy] : []), ...rehearsal]
  return [
    { kind: 'begin', release, point, commands },
    { kind: 'dump', point, release },
    { kind: 'keep', point, release },
    copy,
    ...rehearsal,
    ...(app.settings.on_failure === 'restore' ? [{ kind: 'promise', point, release } as const] : []),
  ]
}

/** On a restore point that there is, in images that are not kept. */
export function planRehearsal(
  app: App,
  { release, point, images }: { release: number; point: string; images: readonly string[] },
): Step[] {
  const groups = imageGroups(app, release)
  const commands = app.settings.release
  const { max_lock: maxLockMs } = backupSettings(app)
  return [
    { kind: 'images', references: [...new Set(images)] },
    ...(groups.length > 0 ? [{ kind: 'build', groups } as const] : []),
    { kind: 'prove', point, rehearses: true },
    { kind: 'rehearse', point, release, groups, commands, maxLockMs, byHand: true },
    ...(groups.length > 0 ? [{ kind: 'discard', groups } as const] : []),
  ]
}

export interface Restore {
  point: string
  /** Names the databases that it makes. */
  at: string
  image: string
  /** Of the history, instead of what the restore point holds; ISO 8601. */
  moment?: string
  databases: boolean
  /** Of them. */
  only?: DatabasePart
  media: boolean
  /** The release that is live, with what of it runs; undefined when visitors find nothing anyway. */
  live: LiveRelease | undefined
}

export interface LiveRelease {
  release: number
  services: readonly string[]
  /** Web replicas. */
  replicas: number
  timeoutMs: number
  arms: readonly number[]
  isInMaintenance: boolean
}

/**
 * Nothing that serves is touched before what is to replace it stands beside it and was compared. Files come before the
 * swap, because a row whose file is missing is worse than a file without a row. The app is stopped for the swap: so
 * nothing writes into a database that is about to be put aside, and no connection to it is left over.
 */
export function planRestore({ point, at, image, moment, databases, only, media, live }: Restore): Step[] {
  const which = { point, at, ...(only === undefined ? {} : { only }) }
  const closing: Step[] = live === undefined ? [] : [maintenance(live, true)]
  const opening: Step[] = live === undefined ? [] : [maintenance(live, false)]
  return [
    { kind: 'images', references: [image] },
    moment === undefined ? { kind: 'fetch', point } : { kind: 'rewind', point, moment },
    ...closing,
    ...(databases ? [{ kind: 'load', ...which } as const] : []),
    ...(media ? [{ kind: 'media', point } as const] : []),
    ...(databases ? swapWhileStopped(which, live) : []),
    ...opening,
    { kind: 'tidy', point, ...(moment === undefined ? {} : { forgets: true }) },
  ]
}

function swapWhileStopped(
  swap: { point: string; at: string; only?: DatabasePart },
  live: LiveRelease | undefined,
): Step[] {
  if (live === undefined) return [{ kind: 'swap', ...swap }]
  const { release, services, replicas, timeoutMs } = live
  return [
    { kind: 'stop', release, services },
    { kind: 'swap', ...swap },
    { kind: 'start', release, services },
    { kind: 'ready', release, replicas, timeoutMs },
  ]
}

/** Who had closed the app before is the one to open it. */
function maintenance({ release, arms, isInMaintenance }: LiveRelease, on: boolean): Step {
  const reach = { arms }
  return on
    ? { kind: 'maintenance', release, on: true, was: isInMaintenance, reach }
    : { kind: 'maintenance', release, on: isInMaintenance, was: true, reach }
}
