import { type App, type Service, wantsCertificate } from '../app/app.ts'
import { backupSettings } from '../backup/contents.ts'
import { type Precaution, planPrecaution, planRestore, type Restore } from '../backup/plan.ts'
import { imageGroups } from '../release/render.ts'
import type { StandingRelease, Step } from './step.ts'
import { blueGreen } from './strategies/blue-green.ts'
import { canary } from './strategies/canary.ts'
import { rolling } from './strategies/rolling.ts'
import type { Move } from './strategies/traffic.ts'

/** What is there before a deployment, as the engine, the gateway and the store show it. */
export interface Observed {
  /** The release that gets the traffic. */
  live: number | undefined
  /** Releases that have containers, with their services by role. */
  standing: readonly StandingRelease[]
  /** Releases that can be returned to, newest first. */
  kept: readonly number[]
}

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

/** The release starts, gets the traffic by the strategy of the file, and then the work behind it. */
function takeOver(move: Move, wanted = move.app.settings.strategy): Step[] {
  const { app, release, old } = move
  const beside = [...named(app, 'internal'), ...named(app, 'job')]
  const end = [...handOver(move), ...goesOn(move, 'singleton'), ...settle(move)]
  const isRolling = wanted === 'rolling' && old !== undefined && old.webs > 0
  // Rolling grows the web service itself, and has no room for two sets of workers.
  if (isRolling) {
    const first = when(beside.length > 0, { kind: 'start', release, services: beside })
    return [...first, ...rolling(move, old), ...startWorkers(move), ...goesOn(move, 'worker'), ...end]
  }
  const all = [...named(app, 'web'), ...beside, ...named(app, 'worker')]
  const shift = wanted === 'canary' && old !== undefined ? canary(move, old) : blueGreen(move)
  return [{ kind: 'start', release, services: all }, ...goesOn(move, 'worker'), ...shift, ...end]
}

function startWorkers({ app, release }: Move): Step[] {
  const workers = named(app, 'worker')
  return when(workers.length > 0, { kind: 'start', release, services: workers })
}

/** A worker that cannot start is not to take the place of one that works. */
function goesOn({ app, release }: Move, role: Service['role']): Step[] {
  const services = named(app, role)
  const timeoutMs = app.settings.deploy_timeout
  return when(services.length > 0, { kind: 'steady', release, services, timeoutMs })
}

/** The new workers run: the old ones stop. Of singletons the old stops before the new starts. */
function handOver({ app, release, old }: Move): Step[] {
  const singletons = named(app, 'singleton')
  return [
    ...stopOld(old, ({ workers }) => workers),
    ...stopOld(old, (standing) => standing.singletons),
    ...when(singletons.length > 0, { kind: 'start', release, services: singletons }),
  ]
}

function settle({ app, release, old }: Move): Step[] {
  const { watch } = app.settings
  return [
    ...when(watch > 0, { kind: 'watch', release, from: old?.number, forMs: watch }),
    { kind: 'activate', release },
  ]
}

function liveRelease({ live, standing }: Observed, release: number): StandingRelease | undefined {
  return standing.find(({ number }) => number === live && number !== release)
}

function startedServices(app: App): string[] {
  return (['web', 'internal', 'job', 'worker', 'singleton'] as const).flatMap((role) => named(app, role))
}

/**
 * After the switch. The release that was live stays warm for an instant way back, if its replicas run; everything older
 * goes.
 */
function clear({ live, standing, kept }: Observed, next: { app: App; live: number }): Step[] {
  const { strategy, keep_releases } = next.app.settings
  const before = live === next.live ? undefined : live
  const runs = standing.some(({ number, webs }) => number === before && webs > 0)
  const warm = runs && strategy !== 'rolling' ? before : undefined
  const leaving = standing
    .map(({ number }) => number)
    .filter((number) => number !== next.live && number !== warm)
  const forgotten = kept
    .filter((number) => number !== next.live && number !== before)
    .slice(keep_releases - (before === undefined ? 1 : 2))
  return [
    ...when(wantsCertificate(next.app), { kind: 'certificate', release: next.live }),
    ...when(leaving.length > 0, { kind: 'retire', releases: leaving }),
    ...when(forgotten.length > 0, { kind: 'prune', releases: forgotten }),
  ]
}

function stopOld(
  old: StandingRelease | undefined,
  pick: (release: StandingRelease) => readonly string[],
): Step[] {
  if (old === undefined || pick(old).length === 0) return []
  return [{ kind: 'stop', release: old.number, services: pick(old) }]
}

function named(app: App, role: Service['role']): string[] {
  return app.services
    .filter((service) => service.role === role && service.schedule === undefined)
    .map((service) => service.name)
}

function when(condition: boolean, step: Step): Step[] {
  return condition ? [step] : []
}
