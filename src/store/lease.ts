import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { MuelleError } from '../errors/muelle-error.ts'
import type { Store } from './store.ts'

const leaseMs = 60_000

/**
 * Runs work while holding the app's lease, which is renewed as long as the work lasts.
 * @throws MuelleError LOCKED when a living process holds it
 */
export async function withLease<T>(store: Store, app: string, work: () => Promise<T>): Promise<T> {
  const owner = `${processIdentity(process.pid)}:${randomUUID()}`
  const acquire = (): string | undefined => store.acquire(app, owner, { ms: leaseMs, isAlive })
  const holder = acquire()
  if (holder !== undefined) {
    throw new MuelleError(
      'LOCKED',
      `Another deployment of ${app} is running (process ${holder.split(':')[0]}).`,
      {
        hint: 'Wait for it, or stop it with Ctrl-C where it runs; then run the same command again.',
      },
    )
  }
  const renewal = setInterval(acquire, leaseMs / 3)
  renewal.unref()
  try {
    return await work()
  } finally {
    clearInterval(renewal)
    store.release(app, owner)
  }
}

/** The gateway is shared by all apps; its changes take turns. */
const gatewayLease = '#gateway'

/** Runs work once no other process changes the gateway. */
export async function withGateway<T>(store: Store, work: () => Promise<T>): Promise<T> {
  const owner = `${processIdentity(process.pid)}:${randomUUID()}`
  while (store.acquire(gatewayLease, owner, { ms: leaseMs, isAlive }) !== undefined) await sleep(50)
  try {
    return await work()
  } finally {
    store.release(gatewayLease, owner)
  }
}

/** `pid:start time`: a process id alone may have been given to another process since. */
function processIdentity(pid: number): string {
  return `${pid}:${startTime(pid) ?? 0}`
}

function isAlive(owner: string): boolean {
  return owner.startsWith(`${processIdentity(Number(owner.split(':')[0]))}:`)
}

/** Clock ticks between the start of the machine and that of the process: field 22 of proc(5) stat. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
