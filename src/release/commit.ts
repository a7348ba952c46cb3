import { spawn } from '../engine/spawn.ts'

/** The Git commit of a folder, with `+` when its files differ from it; null outside a repository. */
export async function commitOf(directory: string): Promise<string | null> {
  const argv = ['-C', directory, 'status', '--porcelain=v2', '--branch', '--', '.']
  const { exitCode, stdout } = await spawn('git', argv)
  const [, commit] = /^# branch\.oid ([0-9a-f]{12})/m.exec(stdout) ?? []
  if (exitCode !== 0 || commit === undefined) return null
  return /^[^#]/m.test(stdout) ? `${commit}+` : commit
}
