import { catalogue, type ErrorCode } from './catalogue.ts'
import { systemErrorCode } from './system-error.ts'

export interface ErrorDetails {
  /** The next command to run, or what to change; shown under the message. */
  hint?: string
  /** The last lines of the log that explains the failure, oldest first. */
  log?: readonly string[]
  cause?: unknown
  /** The id of the container that failed, so that it can be looked at. */
  container?: string
  diagnosis?: Diagnosis
}

/** Why it failed, in a word for machines and in a sentence. */
export interface Diagnosis {
  /** One of docs/reference/causes.md. */
  id: string
  text: string
}

/** A failure that a user can act on. Anything else that is thrown is a bug and stays a plain `Error`. */
export class MuelleError extends Error {
  override readonly name = 'MuelleError'
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly log: readonly string[]
  readonly container: string | undefined
  readonly diagnosis: Diagnosis | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.code = code
    this.hint = details.hint
    this.log = details.log ?? []
    this.container = details.container
    this.diagnosis = details.diagnosis
  }

  /** The same failure with its cause, and the step that follows from that. */
  because({ id, text, next }: Diagnosis & { next?: string }): MuelleError {
    const { code, message, hint, log, cause } = this
    const step = next ?? hint
    const diagnosis = { id, text }
    return new MuelleError(code, message, {
      log,
      cause,
      diagnosis,
      ...(step === undefined ? {} : { hint: step }),
    })
  }

  /** The process exit code of this kind of failure. */
  get exitCode(): number {
    return catalogue[this.code].exit
  }
}

/** For `catch`: gives a failure of one kind a more telling one, and lets everything else pass. */
export function recode(
  code: ErrorCode,
  better: (error: MuelleError) => MuelleError,
): (error: unknown) => never {
  return (error) => {
    throw error instanceof MuelleError && error.code === code ? better(error) : error
  }
}

/** What a machine reads about a failure: the body of `--json` and of the journal. */
export interface ErrorReport {
  code: ErrorCode
  message: string
  cause?: Diagnosis
  hint?: string
  log: readonly string[]
}

export function reportError(error: unknown): ErrorReport {
  const known = asMuelleError(error)
  return {
    code: known.code,
    message: known.message,
    ...(known.diagnosis === undefined ? {} : { cause: known.diagnosis }),
    ...(known.hint === undefined ? {} : { hint: known.hint }),
    log: known.log,
  }
}

/** The failure that another process has reported. */
export function reviveError({ code, message, cause, hint, log }: ErrorReport): MuelleError {
  return new MuelleError(code, message, {
    log,
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { diagnosis: cause }),
  })
}

const hints = {
  DISK_FULL: 'See what takes the room:  df -h   docker system df',
  STATE_UNUSABLE: 'Look at the state folder, its disk and who uses it; then run the same command again.',
  INTERNAL: 'This is a bug in Muelle. Run the command again with MUELLE_DEBUG=1 and report what it prints.',
} as const

/** Gives every thrown value a code, so that nothing ends without one. */
export function asMuelleError(error: unknown): MuelleError {
  if (error instanceof MuelleError) return error
  const message = error instanceof Error ? error.message : String(error)
  const code = systemErrorCode(error) ?? 'INTERNAL'
  return new MuelleError(code, message, { hint: hints[code], cause: error })
}
