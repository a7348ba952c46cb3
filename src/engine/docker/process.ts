import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { MuelleError } from '../../errors/muelle-error.ts'
import { type SpawnOptions, type SpawnResult, spawn } from '../spawn.ts'

/**
 * Runs the docker command line, and resolves with its standard output.
 * @throws MuelleError DOCKER_COMMAND_FAILED, DISK_FULL or DOCKER_UNAVAILABLE with its last lines
 */
export async function docker(argv: readonly string[], options: SpawnOptions = {}): Promise<string> {
  const [program, ...rest] = shortestWay(argv)
  const result = await spawn(program, rest, options)
  if (result.exitCode === 0) return result.stdout
  throw explain(argv, result)
}

/** With this, `docker run` says that it failed itself (docs.docker.com, "Exit status"). */
const failedItself = 125

/** `docker run` or `docker exec`, of which the program's own exit code is a result. @throws as `docker` does, without */
export async function runTool(argv: readonly string[], options: SpawnOptions): Promise<SpawnResult> {
  const result = await spawn('docker', argv, options)
  const hasFailedItself = result.exitCode === failedItself || (result.exitCode !== 0 && isUnanswered(result))
  if (result.isMissing || hasFailedItself) throw explain(argv, result)
  return result
}

/** `docker exec` then ends with 1, as programs do, and what they were to do was not done. */
function isUnanswered({ lines }: SpawnResult): boolean {
  return lines.some((line) =>
    /^(?:docker: )?(?:Cannot connect to the Docker daemon|error during connect)/.test(line),
  )
}

/** Where Docker's command line looks for plugins, in its order; more may be named in its configuration. */
const pluginFolders = [
  join(process.env['DOCKER_CONFIG'] ?? join(process.env['HOME'] ?? '', '.docker'), 'cli-plugins'),
  '/usr/local/lib/docker/cli-plugins',
  '/usr/local/libexec/docker/cli-plugins',
  '/usr/lib/docker/cli-plugins',
  '/usr/libexec/docker/cli-plugins',
]

/** Compose runs without `docker` in front of it too, and answers in half the time: 55 ms for 95 ms. */
function shortestWay(argv: readonly string[]): [program: string, ...argv: readonly string[]] {
  const [program, ...rest] = argv
  const plugin =
    program === 'compose'
      ? pluginFolders.map((folder) => join(folder, 'docker-compose')).find((path) => existsSync(path))
      : undefined
  return plugin === undefined ? ['docker', ...argv] : [plugin, ...rest]
}

function explain(argv: readonly string[], { exitCode, isMissing, lines }: SpawnResult): MuelleError {
  if (isMissing) return dockerUnavailable(['The docker command is not installed.'])
  const says = (pattern: RegExp): boolean => lines.some((line) => pattern.test(line))
  if (says(/permission denied while trying to connect/)) return dockerForbidden(lines)
  if (says(/Cannot connect to the Docker daemon|error during connect/)) return dockerUnavailable(lines)
  if (says(/'compose' is not a docker command|unknown command: docker compose|unknown flag: --file/)) {
    return new MuelleError('DOCKER_UNAVAILABLE', 'Docker has no Compose plugin.', {
      hint: "Let Muelle bring it:  ./muelle status   or install your distribution's docker-compose package.",
      log: lines,
    })
  }
  // What comes before may be the output of the app, which may speak of full disks as well.
  if (lines.slice(-2).some(isFullDisk)) {
    return new MuelleError('DISK_FULL', 'Docker has no room left on its disk.', {
      hint: 'See what takes the room:  docker system df',
      log: lines,
    })
  }
  const ending = exitCode === undefined ? 'was ended by a signal' : `ended with exit code ${exitCode}`
  return new MuelleError('DOCKER_COMMAND_FAILED', `docker ${argv.join(' ')} ${ending}.`, {
    hint: 'Run it by hand to see more.',
    log: lines,
  })
}

export function isFullDisk(line: string): boolean {
  return line.includes('no space left on device')
}

export function dockerUnavailable(log: readonly string[], cause?: unknown): MuelleError {
  if ((cause as { code?: string } | undefined)?.code === 'EACCES') return dockerForbidden(log)
  return new MuelleError('DOCKER_UNAVAILABLE', 'Docker does not answer.', {
    hint: 'Start it:  sudo systemctl start docker',
    log: log.slice(-3),
    cause,
  })
}

function dockerForbidden(log: readonly string[]): MuelleError {
  return new MuelleError('DOCKER_UNAVAILABLE', 'This user may not use Docker.', {
    hint: 'Run the same command with sudo.',
    log: log.slice(-3),
  })
}
