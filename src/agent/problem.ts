import type { ErrorCode } from '../errors/catalogue.ts'
import { catalogue } from '../errors/catalogue.ts'
import { asMuelleError, MuelleError } from '../errors/muelle-error.ts'

/** A failure as a program that speaks HTTP reads it (RFC 9457), with the catalogue's code. */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  code: ErrorCode
  hint?: string
}

/** What is the fault of whoever asked; everything else is this machine's, 500 or 503. */
const statuses: Partial<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  REQUEST_UNKNOWN: 404,
  APP_UNKNOWN: 404,
  RELEASE_UNKNOWN: 404,
  BACKUP_UNKNOWN: 404,
  TOKEN_UNKNOWN: 404,
  LOCKED: 409,
  TOKEN_TAKEN: 409,
  UPDATES_PAUSED: 409,
  REQUEST_TOO_LARGE: 413,
  REQUEST_INVALID: 400,
  USAGE: 400,
  RATE_LIMITED: 429,
  DOCKER_UNAVAILABLE: 503,
  STATE_UNUSABLE: 503,
  DISK_FULL: 503,
}

/** @param thrown whatever a handler or Fastify threw */
export function describeProblem(thrown: unknown): Problem {
  const error = fromFastify(thrown) ?? asMuelleError(thrown)
  const { code, hint } = error
  // What a bug says may hold anything; it is in the log of the agent.
  const detail = code === 'INTERNAL' ? catalogue.INTERNAL.meaning : error.message
  return {
    type: `urn:muelle:error:${code}`,
    title: catalogue[code].meaning,
    status: statuses[code] ?? 500,
    detail,
    code,
    ...(hint === undefined ? {} : { hint }),
  }
}

/** Fastify's own refusals (fastify.dev, "Errors"), and what a validator says. */
function fromFastify(thrown: unknown): MuelleError | undefined {
  if (!(thrown instanceof Error) || thrown instanceof MuelleError) return undefined
  const { statusCode } = thrown as Error & { statusCode?: number }
  if (statusCode === undefined || statusCode < 400 || statusCode > 499) return undefined
  if (statusCode === 413) return tooLarge()
  return new MuelleError('REQUEST_INVALID', thrown.message, {
    hint: 'See what there is:  GET /v1/openapi.json',
  })
}

function tooLarge(): MuelleError {
  return new MuelleError('REQUEST_TOO_LARGE', 'The body is larger than 1 MB.', {
    hint: 'A delivery of a push is smaller; send nothing else.',
  })
}
