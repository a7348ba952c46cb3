import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { ToolResult } from '../../engine/port.ts'
import { putKey } from '../key.ts'
import * as restic from '../restic.ts'

/**
 * Names containers of restic, which write their host name into their locks: by that a later one knows which locks are of
 * this installation, and whether who made them still runs.
 */
export interface LockNames {
  next(): string
  isOwn(host: string): boolean
}

/** @param folder of this installation; what is written there once tells it from others with the same repository */
export async function lockNames(folder: string): Promise<LockNames> {
  const file = join(folder, 'host')
  const random = (): string => randomBytes(6).toString('hex')
  const known = await readFile(file, 'utf8').catch(async () => {
    await putKey(file, random())
    return readFile(file, 'utf8')
  })
  const prefix = `muelle-restic-${known.trim()}-`
  return { next: () => `${prefix}${random()}`, isOwn: (host) => host.startsWith(prefix) }
}

const lockSchema = z.object({ hostname: z.string() })

/**
 * Frees a repository from locks that nobody holds any more. restic keeps out whoever comes after a process that was killed,
 * or that broke down, until somebody says `unlock`: it cannot know of a process of another host whether it lives.
 * @param isRunning whether a container of that name runs here
 */
export async function removeDeadLocks(
  run: (argv: readonly string[]) => Promise<ToolResult>,
  names: LockNames,
  isRunning: (name: string) => Promise<boolean>,
): Promise<void> {
  const { stdout } = await run(restic.locksArguments)
  const isDead = async (id: string): Promise<boolean> => {
    const { stdout: text } = await run(restic.lockArguments(id))
    const { hostname } = lockSchema.parse(JSON.parse(text))
    return names.isOwn(hostname) && !(await isRunning(hostname))
  }
  const ids = stdout.split('\n').filter((line) => /^[0-9a-f]{64}$/.test(line))
  // One that is gone, or cannot be read, is not known to be dead.
  const dead = await Promise.all(ids.map((id) => isDead(id).catch(() => false)))
  await run(restic.unlockArguments(dead.length > 0 && dead.every(Boolean) ? 'all' : 'stale'))
}
