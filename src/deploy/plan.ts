import type { App } from '../app/app.ts'
import { backupSettings } from '../backup/contents.ts'
import { type Precaution, planPrecaution, planRestore, type Restore } from '../backup/plan.ts'
import { imageGroups } from '../release/render.ts'
import type { Observed } from './observed.ts'
import type { StandingRelease, Step } from './step.ts'
import { blueGreen } from './strategies/blue-green.ts'
import type { Move } from './strategies/traffic.ts'
import {
  clear,
  handOver,
  liveRelease,
  named,
  settle,
  startedServices,
  startWorkers,
  takeOver,
  when,
} from './take-over.ts'

export interface Target {
  app: App
  release: number
  /** Images that are used or built upon, but not built here. */
  images: readonly string[]
  /** Releases that go before the new one starts, because there is no memory for all. */
  retireFirst?: readonly number[]
  /** What is done for the data before the release commands. */
  precaution?: Precaution | undefined
  /** A database is about to be replaced by one with another definition. */
  replacesDatabase?: boolean
  /** What a person lets the build cache take. */
  buildCacheBytes?: number | undefined
}

export interface Promotion extends Target {
  /** A release of another environment, which is an app of its own. */
  source: { app: string; release: number }
}

/** From source to live. The old release is untouched until the traffic moves. */
export function planUp(target: Target, observed: Observed): Step[] {
  const { app, release, images, buildCacheBytes: keepBytes } = target
  const groups = imageGroups(app, release)
  return [
    { kind: 'images', references: [...new Set(images)] },
    ...when(groups.length > 0, { kind: 'build', groups }),
    { kind: 'record', release, groups },
    ...when(app.settings.test.length > 0, { kind: 'test', release, commands: app.settings.test }),
    ...goLive(target, observed),
    ...(groups.length > 0 && keepBytes !== undefined ? [{ kind: 'cache', keepBytes } as const] : []),
  ]
}

/** From the images of a release of another environment to live; they were built and tested there. */
export function planPromote(target: Promotion, observed: Observed): Step[] {
  const { release, images, source } = target
  return [
    { kind: 'images', references: images },
    { kind: 'copy', release, from: source.release, app: source.app },
    ...goLive(target, observed),
  ]
}

function goLive(target: Omit<Target, 'images'>, observed: Observed): Step[] {
  const { app, release, retireFirst = [], precaution } = target
  const staying = observed.standing.filter(({ number }) => !retireFirst.includes(number))
  return [
    ...haveBacking(target),
    { kind: 'create', release, services: startedServices(app) },
    ...app.settings.release.map((command, index): Step => ({ kind: 'command', release, index, command })),
    ...when(retireFirst.length > 0, { kind: 'retire', releases: retireFirst }),
    ...takeOver({ app, release, old: liveRelease(observed, release) }),
    ...clear({ ...observed, standing: staying }, { app, live: release }),
    ...when(precaution?.isThere === false, { kind: 'forget', keep: backupSettings(app).keep }),
  ]
}

/** A restore point of a database that is about to be replaced is made of the one that is there. */
function haveBacking({ app, release, precaution, replacesDatabase = false }: Omit<Target, 'images'>): Step[] {
  const have: Step = {
    kind: 'backing',
    services: named(app, 'backing'),
    groups: imageGroups(app, release),
  }
  const first = precaution === undefined ? [] : planPrecaution(app, release, precaution)
  return replacesDatabase ? [...first, have] : [have, ...first]
}

/** The live release once more, under a new number: everything restarts, and nobody notices. */
export function planRestart({ app, release }: Omit<Target, 'images'>, observed: Observed): Step[] {
  const old = liveRelease(observed, release)
  return [
    { kind: 'copy', release, from: old?.number ?? 0 },
    ...bringBack({ app, release, old }),
    ...clear(observed, { app, live: release }),
  ]
}

/** Back to a kept release, in its own images and from its own rendered file. */
export function planRollback(app: App, release: number, observed: Observed): Step[] {
  const isWarm = observed.standing.some(({ number, webs }) => number === release && webs > 0)
  const move = { app, release, old: liveRelease(observed, release) }
  return [
    ...(isWarm
      ? [...blueGreen(move), ...startWorkers(move), ...handOver(move), ...settle(move)]
      : bringBack(move)),
    ...clear(observed, { app, live: release }),
  ]
}

/**
 * The same with the data of a restore point: visitors see the maintenance page, everything of the live release stops,
 * the databases change names, and the other release starts on them.
 */
export function planRollbackWithData(
  app: App,
  release: number,
  observed: Observed,
  data: Pick<Restore, 'point' | 'at' | 'image' | 'live'>,
): Step[] {
  const restore = planRestore({ ...data, databases: true, media: true })
  const swapped = restore.findIndex(({ kind }) => kind === 'swap') + 1
  const back = planRollback(app, release, {
    ...observed,
    standing: observed.standing.map(stopped(observed.live)),
  })
  const shown = back.findIndex(({ kind }) => kind === 'watch' || kind === 'activate')
  const { live, point } = data
  const opening = { kind: 'maintenance', release, was: true, reach: { arms: [release] } } as const
  return [
    ...restore.slice(0, swapped),
    ...back.slice(0, shown),
    ...(live === undefined ? [] : [{ ...opening, on: live.isInMaintenance }]),
    ...back.slice(shown),
    { kind: 'tidy', point },
  ]
}

function stopped(release: number | undefined): (standing: StandingRelease) => StandingRelease {
  const nothing = { webs: 0, workers: [], singletons: [] }
  return (standing) => (standing.number === release ? { ...standing, ...nothing } : standing)
}

/** A release that served before needs no trial. */
function bringBack(move: Move): Step[] {
  const { app, release } = move
  const strategy = app.settings.strategy === 'canary' ? 'blue-green' : app.settings.strategy
  return [{ kind: 'create', release, services: startedServices(app) }, ...takeOver(move, strategy)]
}
