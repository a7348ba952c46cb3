import { spawn } from '../engine/spawn.ts'

/** The Git commit of a folder, with `+` when its files differ from it; null outside a repository. */
export async function commitOf(directory: string): Promise<string | null> {
  const [head, status] = await Promise.all([
    spawn('git', ['-C', directory, 'rev-parse', '--short=12', 'HEAD']),
    spawn('git', ['-C', directory, 'status', '--porcelain', '--', '.']),
  ])
  if (head.exitCode !== 0) return null
  return status.stdout === '' ? head.stdout : `${head.stdout}+`
}
