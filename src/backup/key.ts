import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * The key of the repository, made once: a new one would open nothing of what is there.
 * @returns whether it was made just now
 */
export async function haveKey(file: string): Promise<{ isNew: boolean }> {
  const found = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  if (found !== undefined) return { isNew: false }
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  return { isNew: await putKey(file, randomBytes(32).toString('base64url')) }
}

/** Leaves alone what another process has written meanwhile. @returns false then */
export async function putKey(file: string, key: string): Promise<boolean> {
  const own = `${file}.${randomUUID()}`
  await writeFile(own, `${key}\n`, { flush: true, mode: 0o600 })
  try {
    await link(own, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    await rm(own)
  }
}
