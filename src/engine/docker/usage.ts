import { setTimeout as sleep } from 'node:timers/promises'
import type { Resources } from '../../app/resources.ts'
import { readControlGroup } from './control-group.ts'

/** Long enough to tell a busy container from an idle one. */
const watchedMs = 250

/** Nothing is known of a container that does not run, or runs on another machine. */
export async function readUsage(id: string): Promise<Resources> {
  const read = async () => {
    const busyMs = busyMsOf(await readControlGroup(id, 'cpuacct', ['cpu.stat', 'cpuacct.usage']))
    return { atMs: performance.now(), busyMs }
  }
  const first = await read()
  await sleep(watchedMs)
  const [last, stat] = await Promise.all([read(), readControlGroup(id, 'memory', ['memory.stat'])])
  const cpus = (last.busyMs - first.busyMs) / (last.atMs - first.atMs)
  return { memory: takenOf(stat), cpus: Number.isNaN(cpus) ? undefined : Math.max(0, cpus) }
}

/**
 * Milliseconds of processor time since the start, from `cpu.stat` of version 2 or `cpuacct.usage` of version 1; NaN
 * where neither is.
 */
export function busyMsOf(text: string): number {
  const microseconds = /^usage_usec (\d+)$/m.exec(text)?.[1]
  return microseconds === undefined ? Number.parseInt(text, 10) / 1e6 : Number(microseconds) / 1e3
}

/** Bytes as `docker stats` counts them: without what was read from files and is in use no longer. */
export function takenOf(stat: string): number | undefined {
  const bytes = (names: string): number => Number(new RegExp(`^(?:${names}) (\\d+)$`, 'm').exec(stat)?.[1])
  const taken = bytes('anon|total_rss') + bytes('file|total_cache') - bytes(unusedFiles(stat))
  return Number.isNaN(taken) ? undefined : taken
}

/** Version 1 has the name too, but there it leaves out the groups below. */
function unusedFiles(stat: string): string {
  return stat.includes('total_inactive_file') ? 'total_inactive_file' : 'inactive_file'
}
