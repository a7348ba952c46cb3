import { spawn } from '../engine/spawn.ts'

/** The Git commit of a folder, with `+` when its files differ from it; null outside a repository. */
export async function commitOf(directory: string): Promise<string | null> {
  const head = await spawn('git', ['-C', directory, 'rev-parse', '--short=12', 'HEAD'])
  if (head.exitCode !== 0) return null
  const status = await spawn('git', ['-C', directory, 'status', '--porcelain', '--', '.'])
  return status.stdout === '' ? head.stdout : `${head.stdout}+`
}
