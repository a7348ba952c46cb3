import { join } from 'node:path'
import { execa } from 'execa'

const script = join(import.meta.dirname, '..', '..', 'images', 'base.sh')

/** Debian's own image, or the stand-in for it where no registry is reached. @returns its name */
export async function haveDebian(suite: string): Promise<string> {
  const official = `debian:${suite}-slim`
  const pulled = await execa('docker', ['pull', '--quiet', official], { reject: false })
  if (pulled.exitCode === 0) return official
  await execa(script, [suite])
  return `muelle/debian:${suite}`
}
