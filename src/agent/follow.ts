import { type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { MuelleError, reviveError } from '../errors/muelle-error.ts'
import type { Emit } from '../events/events.ts'
import type { Job } from '../store/jobs.ts'
import { readProblem, unreachable } from './client.ts'
import type { Ending, TranscriptLine } from './queue/transcript.ts'

/** Milliseconds between two attempts to reach an agent that is being replaced, and how long that may take. */
const pauseMs = 250
const patienceMs = 120_000

interface Followed {
  socket: string
  job: number
  emit: Emit
  /** Ends the following, and nothing else. */
  signal: AbortSignal
}

/** What has been heard of a job so far. */
interface Heard {
  /** Of the last event. */
  last: string
  ending?: Ending
  failure?: MuelleError
  /** How the agent says that it ended. */
  end?: Pick<Job, 'state' | 'error'>
}

/**
 * Tells all that a job tells, from its beginning to its end, over whatever agents come and go meanwhile.
 * @returns what it returned
 * @throws MuelleError of the job; AGENT_UNREACHABLE when no agent comes back; the signal's reason
 */
export async function followJob(followed: Followed): Promise<Ending> {
  const { signal } = followed
  const heard: Heard = { last: '0' }
  let lostAt: number | undefined
  for (;;) {
    try {
      const response = await open(followed, heard.last)
      lostAt = undefined
      for await (const event of eventsIn(response)) hear(event, heard, followed.emit)
      if (heard.end !== undefined) return endOf(heard.end, heard)
    } catch (error) {
      signal.throwIfAborted()
      const isLost = error instanceof MuelleError && error.code === 'AGENT_UNREACHABLE'
      lostAt ??= Date.now()
      if (heard.end !== undefined || !isLost || Date.now() - lostAt > patienceMs) throw error
    }
    await sleep(pauseMs, undefined, { signal })
  }
}

function hear({ id, type, data }: ServerSentEvent, heard: Heard, emit: Emit): void {
  heard.last = id
  if (type === 'end') heard.end = JSON.parse(data)
  if (type !== 'told') return
  const line = JSON.parse(data) as TranscriptLine
  if (line.type === 'result') heard.ending = line.ending
  else if (line.type === 'failure') heard.failure = reviveError(line.error)
  else emit(line)
}

/** A process that was killed has told nothing of its end; the agent knows. */
function endOf({ state, error }: Pick<Job, 'state' | 'error'>, { ending, failure }: Heard): Ending {
  if (state === 'superseded') return { data: null, text: 'A newer one took its place.' }
  if (state === 'succeeded') return ending ?? { data: null, text: 'It was brought to its end.' }
  throw failure ?? reviveError(error ?? { code: 'INTERRUPTED', message: 'It has failed.', log: [] })
}

interface ServerSentEvent {
  id: string
  type: string
  data: string
}

/** @throws MuelleError AGENT_UNREACHABLE when the connection breaks, or that of the problem in the answer */
async function* eventsIn(response: IncomingMessage): AsyncGenerator<ServerSentEvent, void, void> {
  if (response.statusCode !== 200) throw await readProblem(response)
  response.setEncoding('utf8')
  let text = ''
  try {
    for await (const part of response) {
      const blocks = `${text}${part}`.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) yield* readEvent(block)
    }
  } catch (cause) {
    throw unreachable(cause)
  }
}

/** Nothing of a comment or of the time after which to come again. */
function readEvent(block: string): ServerSentEvent[] {
  const [, id, type, data] = /^id: (\d+)\nevent: (\w+)\ndata: (.*)$/.exec(block) ?? []
  return id === undefined || type === undefined || data === undefined ? [] : [{ id, type, data }]
}

function open({ socket, job, signal }: Followed, last: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'localhost', 'last-event-id': last }
    request({ socketPath: socket, path: `/v1/jobs/${job}/events`, headers, signal }, resolve)
      .on('error', (cause) => reject(unreachable(cause)))
      .end()
  })
}
