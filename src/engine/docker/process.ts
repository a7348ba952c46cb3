import { MuelleError } from '../../errors/muelle-error.ts'
import { type SpawnOptions, type SpawnResult, spawn } from '../spawn.ts'

/**
 * Runs the docker command line, and resolves with its standard output.
 * @throws MuelleError DOCKER_COMMAND_FAILED or DOCKER_UNAVAILABLE with its last lines
 */
export async function docker(argv: readonly string[], options: SpawnOptions = {}): Promise<string> {
  const result = await spawn('docker', argv, options)
  if (result.exitCode === 0) return result.stdout
  throw explain(argv, result)
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
  const ending = exitCode === undefined ? 'was ended by a signal' : `ended with exit code ${exitCode}`
  return new MuelleError('DOCKER_COMMAND_FAILED', `docker ${argv.join(' ')} ${ending}.`, {
    hint: 'Run it by hand to see more.',
    log: lines,
  })
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
