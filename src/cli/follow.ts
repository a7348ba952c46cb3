import { askAgent } from '../agent/client.ts'
import { followJob } from '../agent/follow.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import type { Io, Output } from './command.ts'

/** Milliseconds in which a second Ctrl-C stops the job; after them the first was meant for the terminal. */
const secondMs = 3000

/**
 * Shows a job of the agent on this terminal to its end. Ctrl-C, or SIGTERM, frees the terminal and leaves the job alone;
 * twice, it stops the job.
 * @throws MuelleError DETACHED, or as the job ended
 */
export async function followOnTerminal(job: number, socket: string, io: Io): Promise<Output> {
  const leaving = new AbortController()
  const leave = (): void => leaving.abort()
  const note = (message: string): void => io.emit({ type: 'note', message })
  let presses = 0
  let timer: NodeJS.Timeout | undefined
  io.onStop((signal) => {
    presses++
    if (signal === 'SIGTERM' || !io.isTerminal || presses > 2) return leave()
    clearTimeout(timer)
    if (presses === 1) {
      note(
        `Job ${job} goes on without this terminal. To stop it and take it back, press Ctrl-C once more now.`,
      )
      timer = setTimeout(leave, secondMs)
      return
    }
    note(`Stopping job ${job}: taking back what was started. Ctrl-C leaves it to itself.`)
    askAgent(socket, { method: 'POST', path: `/v1/jobs/${job}/stop` }).catch(() =>
      note(`The agent does not answer. Stop it with:  muelle agent stop ${job}`),
    )
  })
  try {
    return await followJob({ socket, job, emit: io.emit, signal: leaving.signal })
  } catch (error) {
    const isLost = error instanceof MuelleError && error.code === 'AGENT_UNREACHABLE'
    if (!leaving.signal.aborted && !isLost) throw error
    throw detached(job, isLost ? 'The agent has gone, and ' : '', error)
  } finally {
    clearTimeout(timer)
  }
}

function detached(job: number, why: string, cause: unknown): MuelleError {
  return new MuelleError(
    'DETACHED',
    `${why === '' ? 'J' : `${why}j`}ob ${job} goes on without this terminal.`,
    {
      hint: `Follow it:  muelle agent follow ${job}   or stop it and take it back:  muelle agent stop ${job}`,
      cause,
    },
  )
}
