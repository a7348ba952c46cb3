import { accessSync, constants, existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/**
 * A build needs a folder that buildx can write (docs.docker.com, "BUILDX_CONFIG"), which is in the home of the user. The
 * unit of systemd shows homes to the agent, and to its jobs, for reading only.
 * @param folder for that, where the usual one is not to be written
 */
export function buildxPlace(
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): Record<string, string> {
  const { BUILDX_CONFIG: own, DOCKER_CONFIG: config = join(env['HOME'] ?? homedir(), '.docker') } = env
  return isWritable(own ?? join(config, 'buildx')) ? {} : { BUILDX_CONFIG: folder }
}

/** Whether it is there and can be written, or could be made. */
function isWritable(path: string): boolean {
  if (!existsSync(path) && path !== '/') return isWritable(dirname(path))
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
