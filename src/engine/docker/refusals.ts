import { MuelleError } from '../../errors/muelle-error.ts'
import type { Redact } from '../../secrets/redact.ts'
import { EngineRefusal } from './api.ts'

/** What is not there need not be removed. */
export function ignoreMissing(error: unknown): undefined {
  if (statusCode(error) === 404) return undefined
  throw error
}

/** 304 says that it runs already. Docker quotes the command of what it could not start. */
export function explainStart(redact: Redact): (error: unknown) => undefined {
  return (error) => {
    if (statusCode(error) === 304) return undefined
    const { code, message } = error as MuelleError
    if (code !== 'DOCKER_COMMAND_FAILED') throw error
    throw new MuelleError('DOCKER_COMMAND_FAILED', 'Docker could not start a container.', {
      hint: 'Look at the containers:  docker ps --all',
      log: [redact(message)],
    })
  }
}

/** 304 says that it has stopped already. */
export function ignoreStopped(error: unknown): undefined {
  if (statusCode(error) === 304) return undefined
  return ignoreMissing(error)
}

/** 409 says that its removal is under way. */
export function ignoreRemoved(error: unknown): undefined {
  if (statusCode(error) === 409) return undefined
  return ignoreMissing(error)
}

export function statusCode(error: unknown): number | undefined {
  return error instanceof EngineRefusal ? error.status : undefined
}
