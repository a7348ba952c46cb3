import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Set for every program that Muelle starts, so that what outlives it can be found. */
export const runnerVariable = 'MUELLE_RUNNER'

/** `pid:start time`: a process id alone may have been given to another process since. */
export function identityOf(pid: number): string {
  return `${pid}:${startTime(pid) ?? 0}`
}

/** Milliseconds since the machine started: the same for every process, and nobody can set it. */
export function uptimeMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n)
}

export const thisProcess = identityOf(process.pid)

export function isAlive(identity: string): boolean {
  return identityOf(Number(identity.split(':')[0])) === identity
}

/**
 * Ends the programs that a dead process started and that still run, because a killed Muelle cannot stop its
 * `docker` commands: one of them could create containers after a recovery has removed them.
 */
export async function endProgramsOf(identity: string): Promise<void> {
  if (identity === '' || isAlive(identity)) return
  for (const signal of ['SIGTERM', ...Array(50).fill(undefined), 'SIGKILL', undefined] as const) {
    const left = programsOf(identity)
    if (left.length === 0) return
    if (signal !== undefined) for (const pid of left) kill(pid, signal)
    await sleep(100)
  }
}

function programsOf(identity: string): number[] {
  const mark = `${runnerVariable}=${identity}`
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => read(`/proc/${pid}/environ`)?.split('\0').includes(mark))
    .map(Number)
}

function kill(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Clock ticks between the start of the machine and that of the process: field 22 of proc(5) stat. */
function startTime(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  // One that has ended stays until its parent asks how, which a parent that has become another program never does.
  return fields?.[0] === 'Z' || fields?.[0] === 'X' ? undefined : fields?.[19]
}

/** Processes come and go while one looks, and those of other users are closed to us. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
