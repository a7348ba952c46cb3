import { asMuelleError, MuelleError } from '../../errors/muelle-error.ts'
import type { Context } from '../operation.ts'

/**
 * Stops before a disk is filled: a database that finds it full loses writes.
 * @param extra bytes that are needed beside those that have to stay free
 * @throws MuelleError DISK_FULL
 */
export async function refuseFullDisk(
  what: string,
  { engine, minimumFreeBytes }: Pick<Context, 'engine' | 'minimumFreeBytes'>,
  extra = 0,
): Promise<void> {
  const free = await engine.freeBytes()
  const needed = minimumFreeBytes + extra
  if (free === undefined || free >= needed) return
  const megabytes = (bytes: number): string => `${Math.floor(bytes / 1_000_000)} MB`
  throw new MuelleError('DISK_FULL', `The disk has ${megabytes(free)} free; ${what} ${megabytes(needed)}.`, {
    hint: 'See what takes the room:  docker system df   Often it is the build cache:  docker builder prune   MUELLE_MIN_FREE_MB changes the limit.',
  })
}

const mayBeFor: ReadonlySet<string> = new Set(['BACKUP_FAILED', 'BACKUP_UNPROVEN', 'RESTORE_FAILED'])

/** A server that finds its disk full may break off without a word of it, and then what it was at is not to blame. */
export function blameFullDisk(
  what: string,
  context: Pick<Context, 'engine' | 'minimumFreeBytes'>,
): (thrown: unknown) => Promise<never> {
  return async (thrown) => {
    if (mayBeFor.has(asMuelleError(thrown).code)) await refuseFullDisk(what, context)
    throw thrown
  }
}
