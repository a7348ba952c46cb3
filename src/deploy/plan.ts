import { type App, releasedServices, type Service } from '../app/app.ts'
import { imageGroups } from '../release/render.ts'
import type { Step } from './step.ts'

/** What is there before a deployment, as the engine, the gateway and the store show it. */
export interface Observed {
  /** The release that gets the traffic. */
  live: number | undefined
  /** Releases that have containers, with their services by role. */
  standing: readonly StandingRelease[]
  /** Releases that can be returned to, newest first. */
  kept: readonly number[]
}

export interface StandingRelease {
  number: number
  workers: readonly string[]
  singletons: readonly string[]
}

export interface Target {
  app: App
  release: number
  /** Images that are used or built upon, but not built here. */
  images: readonly string[]
}

/** From source to live: blue-green, so that the old release is untouched until one switch, and warm after it. */
export function planUp({ app, release, images }: Target, observed: Observed): Step[] {
  const groups = imageGroups(app, release)
  return [
    { kind: 'images', references: images },
    ...when(groups.length > 0, { kind: 'build', groups }),
    { kind: 'record', release, groups },
    { kind: 'backing', services: named(app, 'backing'), groups },
    { kind: 'create', release, services: startedServices(app) },
    ...app.settings.release.map((command, index): Step => ({ kind: 'command', release, index, command })),
    { kind: 'start', release, services: servicesBeforeTraffic(app) },
    ...moveTraffic({ app, release, isWarm: false }, observed),
    ...clear(observed, { live: release, keep: app.settings.keep_releases }),
  ]
}

/** Back to a kept release, in its own images and from its own rendered file. */
export function planRollback(app: App, release: number, observed: Observed): Step[] {
  const isWarm = observed.standing.some((standing) => standing.number === release)
  return [
    ...(isWarm ? [] : bringBack(app, release)),
    ...moveTraffic({ app, release, isWarm }, observed),
    ...clear(observed, { live: release, keep: app.settings.keep_releases }),
  ]
}

function bringBack(app: App, release: number): Step[] {
  return [
    { kind: 'create', release, services: startedServices(app) },
    { kind: 'start', release, services: servicesBeforeTraffic(app) },
  ]
}

function startedServices(app: App): string[] {
  return [...servicesBeforeTraffic(app), ...named(app, 'singleton')]
}

function servicesBeforeTraffic(app: App): string[] {
  return [...named(app, 'web'), ...named(app, 'internal'), ...named(app, 'job'), ...named(app, 'worker')]
}

/**
 * The gateway is told while the app still boots. Traffic first, then the workers (new beside old), then the singletons
 * (old stops before new starts).
 */
function moveTraffic(
  { app, release, isWarm }: { app: App; release: number; isWarm: boolean },
  { live, standing }: Observed,
): Step[] {
  const old = standing.find((candidate) => candidate.number === live && candidate.number !== release)
  const workers = named(app, 'worker')
  const singletons = named(app, 'singleton')
  return [
    { kind: 'stage', release, arms: arms(old?.number, release) },
    { kind: 'ready', release, replicas: webReplicas(app), timeoutMs: app.settings.deploy_timeout },
    { kind: 'switch', release, from: old?.number },
    ...when(workers.length > 0 && isWarm, { kind: 'start', release, services: workers }),
    ...stopOld(old, (release) => release.workers),
    ...stopOld(old, (release) => release.singletons),
    ...when(singletons.length > 0, { kind: 'start', release, services: singletons }),
    { kind: 'activate', release },
  ]
}

/** The release that was live stays warm for an instant way back; everything older goes. */
function clear({ live, standing, kept }: Observed, next: { live: number; keep: number }): Step[] {
  const warm = live === next.live ? undefined : live
  const leaving = standing
    .map(({ number }) => number)
    .filter((number) => number !== next.live && number !== warm)
  const forgotten = kept
    .filter((number) => number !== next.live && number !== warm)
    .slice(next.keep - (warm === undefined ? 1 : 2))
  return [
    ...when(leaving.length > 0, { kind: 'retire', releases: leaving }),
    ...when(forgotten.length > 0, { kind: 'prune', releases: forgotten }),
  ]
}

/** In ascending order, so that a way back to a release that the gateway already shows needs no reload. */
function arms(old: number | undefined, release: number): number[] {
  return old === undefined ? [release] : [old, release].sort((a, b) => a - b)
}

function stopOld(
  old: StandingRelease | undefined,
  pick: (release: StandingRelease) => readonly string[],
): Step[] {
  if (old === undefined || pick(old).length === 0) return []
  return [{ kind: 'stop', release: old.number, services: pick(old) }]
}

function named(app: App, role: Service['role']): string[] {
  return app.services.filter((service) => service.role === role).map((service) => service.name)
}

function webReplicas(app: App): number {
  return releasedServices(app).find((service) => service.name === app.web.service)?.replicas ?? 1
}

function when(condition: boolean, step: Step): Step[] {
  return condition ? [step] : []
}
