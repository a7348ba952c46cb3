import { readFile } from 'node:fs/promises'
import { readControlGroup } from './control-group.ts'

/** @param total memory of the engine's machine in bytes, by which it is recognised as this one */
export async function readAvailableMemory(total: number): Promise<number | undefined> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '')
  return availableOf(text, total)
}

export async function readContainerMemory(id: string): Promise<number | undefined> {
  return heldOf(await readControlGroup(id, 'memory', ['memory.stat']))
}

/** Swap counts: on a small server, replicas that nobody visits may well be there. */
export function availableOf(meminfo: string, total: number): number | undefined {
  const bytes = (name: string): number =>
    1024 * Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(meminfo)?.[1])
  if (bytes('MemTotal') !== total) return undefined
  const available = bytes('MemAvailable') + bytes('SwapFree')
  return Number.isNaN(available) ? undefined : available
}

/** Without what it has read from files: that is given back as soon as someone needs it. */
export function heldOf(stat: string): number | undefined {
  const bytes = /^(?:anon|total_rss) (\d+)$/m.exec(stat)?.[1]
  return bytes === undefined ? undefined : Number(bytes)
}
