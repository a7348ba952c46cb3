import type { App } from '../app/app.ts'
import { limitsOf, reservationsOf } from '../app/resources.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import type { Observed } from './observed.ts'

/** What a second set of replicas beside the first takes of the machine's memory. In bytes. */
export interface Memory {
  needs: readonly MemoryNeed[]
  /** All of them together. */
  needed: number
  /** What they may take at most; undefined when one of them has no limit. */
  limit: number | undefined
  available: number
  /** What releases hold that only stay warm. */
  warm: number
}

interface MemoryNeed {
  service: string
  replicas: number
  /** Of each replica. */
  bytes: number
}

/** What a running container holds. */
export interface Reading {
  release: number | undefined
  service: string
  bytes: number
}

/** Of the others a second set never runs: a job ends, and a singleton stops before the next one starts. */
const doubledRoles: ReadonlySet<string> = new Set(['web', 'internal', 'worker'])

/** Whether a release gets its replicas beside all those of the live one. */
export function isDoubled({ settings }: App, { live, standing }: Observed): boolean {
  return settings.strategy !== 'rolling' && standing.some(({ number, webs }) => number === live && webs > 0)
}

/**
 * A replica needs what its service reserves (`deploy.resources.reservations.memory`: what a platform has to guarantee)
 * or what a live replica holds now, whichever is more. Its limit is only what it must never take: on small servers the
 * limits often add up to more than there is, and all is well. So a limit bounds the estimate and never makes it.
 */
export function estimateMemory(
  app: App,
  now: { live: number | undefined; readings: readonly Reading[]; available: number },
): Memory {
  const services = app.services.filter(({ role }) => doubledRoles.has(role))
  const needs = services.map((service): MemoryNeed => {
    const own = now.readings.filter((each) => each.release === now.live && each.service === service.name)
    const held = own.length === 0 ? 0 : sum(own.map(({ bytes }) => bytes)) / own.length
    const { memory: reserved = 0 } = reservationsOf(service)
    const { memory: limit = held } = limitsOf(service)
    const bytes = Math.max(reserved, Math.min(held, limit))
    return { service: service.name, replicas: service.replicas, bytes }
  })
  const limits = services.map((service) => ({ limit: limitsOf(service).memory, replicas: service.replicas }))
  return {
    needs,
    needed: sum(needs.map(({ replicas, bytes }) => replicas * bytes)),
    limit: limits.every(({ limit }) => limit !== undefined)
      ? sum(limits.map(({ limit = 0, replicas }) => limit * replicas))
      : undefined,
    available: now.available,
    warm: sum(now.readings.filter(({ release }) => release !== now.live).map(({ bytes }) => bytes)),
  }
}

export type Room = 'enough' | 'enough-without-warm' | 'short'

/** Whether the second set fits, or would if the releases were gone that stay warm for a way back. */
export function decideRoom({ needed, available, warm }: Memory): Room {
  if (needed <= available) return 'enough'
  return needed <= available + warm ? 'enough-without-warm' : 'short'
}

/**
 * The releases that have to go before the new one starts, so that it fits.
 * @throws MuelleError MEMORY_SHORT when it does not fit even then
 */
export function makeRoom(memory: Memory, { live, standing }: Observed): number[] {
  const room = decideRoom(memory)
  if (room === 'short') throw refusal(memory)
  return room === 'enough' ? [] : standing.map(({ number }) => number).filter((number) => number !== live)
}

function refusal({ needs, needed, available, warm }: Memory): MuelleError {
  const parts = needs
    .filter(({ bytes }) => bytes > 0)
    .map(({ service, replicas, bytes }) => `${service} ${replicas} x ${megabytes(bytes)}`)
  return new MuelleError(
    'MEMORY_SHORT',
    `A second set of replicas needs ${megabytes(needed)} of memory (${parts.join(', ')}); there are ${megabytes(available + warm)}.`,
    {
      hint: 'Run fewer replicas, or replace them one by one:  x-muelle: {strategy: rolling}   or deploy all the same:  muelle up --ignore-memory',
    },
  )
}

const consequences: Readonly<Record<Room, string>> = {
  enough: '',
  'enough-without-warm': ' The release that stays warm goes first.',
  short: ' `muelle up` refuses.',
}

/** What a person reads in `muelle plan`. */
export function describeMemory(memory: Memory): string {
  const { needed, limit, available } = memory
  const most = limit === undefined ? '' : ` and may take ${megabytes(limit)}`
  const consequence = consequences[decideRoom(memory)]
  return `A second set of replicas needs ${megabytes(needed)} of memory${most}; there are ${megabytes(available)}.${consequence}`
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
