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
  if (lines.some((line) => /Cannot connect to the Docker daemon|error during connect/.test(line))) {
    return dockerUnavailable(lines)
  }
  const ending = exitCode === undefined ? 'was ended by a signal' : `ended with exit code ${exitCode}`
  return new MuelleError('DOCKER_COMMAND_FAILED', `docker ${argv.join(' ')} ${ending}.`, {
    hint: 'Run it by hand to see more.',
    log: lines,
  })
}

export function dockerUnavailable(log: readonly string[], cause?: unknown): MuelleError {
  return new MuelleError('DOCKER_UNAVAILABLE', 'Docker does not answer.', {
    hint: 'Start it:  sudo systemctl start docker',
    log: log.slice(-3),
    cause,
  })
}
