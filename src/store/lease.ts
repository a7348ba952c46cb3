import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { MuelleError } from '../errors/muelle-error.ts'
import { isAlive, thisProcess } from '../processes.ts'
import type { Store } from './store.ts'

const leaseMs = 60_000

/**
 * Runs work while holding the app's lease, which is renewed as long as the work lasts.
 * @throws MuelleError LOCKED when a living process holds it
 */
export async function withLease<T>(store: Store, app: string, work: () => Promise<T>): Promise<T> {
  const owner = `${thisProcess}:${randomUUID()}`
  const acquire = (): string | undefined => store.acquire(app, owner, { ms: leaseMs, isAlive: ownedByLiving })
  const holder = acquire()
  if (holder !== undefined) {
    throw new MuelleError(
      'LOCKED',
      `Another ${describeHolder(store, app)} of ${app} is running (process ${holder.split(':')[0]}).`,
      {
        hint: 'Wait for it, or stop it with Ctrl-C where it runs; then run the same command again.',
      },
    )
  }
  const renewal = setInterval(() => {
    try {
      acquire()
    } catch {
      // The database is locked or its disk is full. Two more attempts come before the lease ends.
    }
  }, leaseMs / 3)
  renewal.unref()
  try {
    return await work()
  } finally {
    clearInterval(renewal)
    store.release(app, owner)
  }
}

/** What is under way, as people call it. */
function describeHolder(store: Store, app: string): string {
  const kind = store.unfinished(app)[0]?.kind ?? 'command'
  return kind === 'up' || kind === 'promote' ? 'deployment' : kind
}

/** The gateway is shared by all apps; its changes take turns. */
const gatewayLease = '#gateway'

/** Runs work once no other process changes the gateway. */
export async function withGateway<T>(store: Store, work: () => Promise<T>): Promise<T> {
  const owner = `${thisProcess}:${randomUUID()}`
  while (store.acquire(gatewayLease, owner, { ms: leaseMs, isAlive: ownedByLiving }) !== undefined)
    await sleep(50)
  try {
    return await work()
  } finally {
    store.release(gatewayLease, owner)
  }
}

function ownedByLiving(owner: string): boolean {
  return isAlive(owner.split(':').slice(0, 2).join(':'))
}
