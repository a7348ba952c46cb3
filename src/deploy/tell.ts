import type { ErrorCode } from '../errors/catalogue.ts'
import { asMuelleError } from '../errors/muelle-error.ts'
import type { Told } from '../notify/notice.ts'
import type { Addressee, Notifier } from '../notify/notifier.ts'
import { isTakenBack } from './updates.ts'
import type { DeploymentResult } from './with-app.ts'

/** What is known of a deployment while it runs. */
export interface Known {
  /** Once it has a number. */
  release?: number
  commit?: string
  changes?: readonly string[]
  /** Nobody looks at a terminal. */
  isUnattended?: boolean
}

/** Somebody else is at work, or decided so: nothing has failed. */
const expected: ReadonlySet<ErrorCode> = new Set(['INTERRUPTED', 'LOCKED', 'UPDATES_PAUSED'])

/** Does a deployment and tells how it ended; whoever deploys by hand sees by himself what was refused at once. */
export async function tellOutcome(
  { app, known, notifier }: { app: Addressee; known: Known; notifier: Notifier },
  work: () => Promise<DeploymentResult>,
): Promise<DeploymentResult> {
  try {
    const result = await work()
    const { release, previous } = result
    await notifier.tell(app, {
      kind: 'deployed',
      release,
      ...(previous === undefined ? {} : { previous }),
      ...about(known),
    })
    return result
  } catch (error) {
    if (known.release !== undefined || known.isUnattended === true)
      await tellFailure(error, { app, known, notifier })
    throw error
  }
}

/** Nothing is told of what is no failure. */
export async function tellFailure(
  error: unknown,
  { app, known, notifier }: { app: Addressee; known: Known; notifier: Notifier },
): Promise<void> {
  if (!expected.has(asMuelleError(error).code)) await notifier.tell(app, describeFailure(error, known))
}

function describeFailure(error: unknown, known: Known): Told {
  const { code, message, log, hint, diagnosis } = asMuelleError(error)
  const cause = diagnosis === undefined ? '' : `\nCause: ${diagnosis.text}`
  return {
    kind: known.release !== undefined && isTakenBack(code) ? 'rolled-back' : 'failed',
    code,
    message: `${message}${cause}`,
    log,
    ...(known.release === undefined ? {} : { release: known.release }),
    ...(hint === undefined ? {} : { next: hint }),
    ...about(known),
  }
}

function about({ commit, changes = [] }: Known): Pick<Told, 'commit' | 'changes'> {
  return { ...(commit === undefined ? {} : { commit }), ...(changes.length === 0 ? {} : { changes }) }
}
