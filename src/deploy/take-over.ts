import { type App, type Service, wantsCertificate } from '../app/app.ts'
import type { Observed } from './observed.ts'
import type { StandingRelease, Step } from './step.ts'
import { blueGreen } from './strategies/blue-green.ts'
import { canary } from './strategies/canary.ts'
import { rolling } from './strategies/rolling.ts'
import type { Move } from './strategies/traffic.ts'

/** The parts that every way to another release has: it takes over, and what is no longer needed goes. Pure. */

/** The release starts, gets the traffic by the strategy of the file, and then the work behind it. */
export function takeOver(move: Move, wanted = move.app.settings.strategy): Step[] {
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

export function startWorkers({ app, release }: Move): Step[] {
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
export function handOver({ app, release, old }: Move): Step[] {
  const singletons = named(app, 'singleton')
  return [
    ...stopOld(old, ({ workers }) => workers),
    ...stopOld(old, (standing) => standing.singletons),
    ...when(singletons.length > 0, { kind: 'start', release, services: singletons }),
  ]
}

export function settle({ app, release, old }: Move): Step[] {
  const { watch } = app.settings
  return [
    ...when(watch > 0, { kind: 'watch', release, from: old?.number, forMs: watch }),
    { kind: 'activate', release },
  ]
}

export function liveRelease({ live, standing }: Observed, release: number): StandingRelease | undefined {
  return standing.find(({ number }) => number === live && number !== release)
}

export function startedServices(app: App): string[] {
  return (['web', 'internal', 'job', 'worker', 'singleton'] as const).flatMap((role) => named(app, role))
}

/**
 * After the switch. The release that was live stays warm for an instant way back, if its replicas run; everything older
 * goes.
 */
export function clear({ live, standing, kept }: Observed, next: { app: App; live: number }): Step[] {
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

export function named(app: App, role: Service['role']): string[] {
  return app.services
    .filter((service) => service.role === role && service.schedule === undefined)
    .map((service) => service.name)
}

export function when(condition: boolean, step: Step): Step[] {
  return condition ? [step] : []
}
