import type { Step } from '../deploy/step.ts'

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

export interface Restore {
  point: string
  /** Names the databases that it makes. */
  at: string
  image: string
  /** Of the history, instead of what the restore point holds; ISO 8601. */
  moment?: string
  databases: boolean
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
export function planRestore({ point, at, image, moment, databases, media, live }: Restore): Step[] {
  const closing: Step[] = live === undefined ? [] : [maintenance(live, true)]
  const opening: Step[] = live === undefined ? [] : [maintenance(live, false)]
  return [
    { kind: 'images', references: [image] },
    moment === undefined ? { kind: 'fetch', point } : { kind: 'rewind', point, moment },
    ...closing,
    ...(databases ? [{ kind: 'load', point, at } as const] : []),
    ...(media ? [{ kind: 'media', point } as const] : []),
    ...(databases ? swapWhileStopped({ point, at }, live) : []),
    ...opening,
    { kind: 'tidy', point, ...(moment === undefined ? {} : { forgets: true }) },
  ]
}

function swapWhileStopped(swap: { point: string; at: string }, live: LiveRelease | undefined): Step[] {
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
