import { createHash } from 'node:crypto'
import { askAgent } from '../agent/client.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { changedSince } from './changed-since.ts'
import type { HandedOver, Io, Output } from './command.ts'
import { followOnTerminal } from './follow.ts'
import type { Invocation } from './program.ts'

interface Asking {
  /** As it was typed. */
  argv: readonly string[]
  socket: string
  /** Of this program; one of another version may understand something else. */
  version: string
}

/** With which it takes nothing upon itself. */
const refusals: ReadonlySet<string> = new Set(['REQUEST_INVALID', 'REQUEST_TOO_LARGE'])

/** Milliseconds in which an agent says who it is. */
const greetingMs = 2000

/**
 * Lets the agent carry out a command, and follows that on this terminal.
 * @returns undefined when the command is to run in this process: no agent answers, or one of another version
 * @throws MuelleError as the command does, or DETACHED
 */
export async function handOver(
  { command, input }: Invocation,
  { argv, socket, version }: Asking,
  io: Io,
): Promise<Output | undefined> {
  const agent = await greet(socket)
  if (agent === undefined) return undefined
  if (agent !== version) {
    io.emit({
      type: 'note',
      message: `The agent is ${agent}, this is ${version}: it runs here, and ends with this terminal. Upgrade the agent:  muelle agent upgrade`,
    })
    return undefined
  }
  const handed = await command.handOver?.(input, io)
  if (handed === undefined) return undefined
  const { kind, app, folder, agreed = [] } = handed
  const env = Object.fromEntries(
    Object.entries(io.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
  const body = {
    kind,
    app,
    // Before what may follow a `--`.
    argv: [...argv.slice(0, 1), ...agreed, ...argv.slice(1)],
    cwd: io.cwd,
    folder,
    env,
    key: keyOf(handed),
    by: askedBy(io.env),
  }
  const job = await join(body, { handed, socket, io }).catch((error: unknown) => {
    if (!(error instanceof MuelleError) || !refusals.has(error.code)) throw error
    io.emit({ type: 'note', message: `${error.message} So this runs here, and ends with this terminal.` })
  })
  return job === undefined ? undefined : followOnTerminal(job, socket, io)
}

interface Begun {
  job: number
  createdAt: string
  isUnderWay: boolean
}

/** The same that is under way already is followed, unless what it is made from has changed since. */
async function join(
  body: object,
  { handed, socket, io }: { handed: HandedOver; socket: string; io: Io },
): Promise<number> {
  const note = (message: string): void => io.emit({ type: 'note', message })
  const begin = async (more: object): Promise<Begun> =>
    (await askAgent(socket, { method: 'POST', path: '/v1/commands', body: { ...body, ...more } })) as Begun
  const begun = await begin({})
  const { job, createdAt, isUnderWay } = begun
  if (!isUnderWay) return job
  const { folder } = handed
  if (folder === undefined || !(await changedSince(folder, new Date(createdAt)))) {
    note(`This is under way already, since ${createdAt}: following job ${job}`)
    return job
  }
  note(`Files have changed since job ${job} began, so this is another one`)
  return (await begin({ beside: job })).job
}

/** @returns its version; undefined when there is none, or none that this user may ask */
async function greet(socket: string): Promise<string | undefined> {
  try {
    const asked = { method: 'GET', path: '/v1/agent', timeoutMs: greetingMs } as const
    return ((await askAgent(socket, asked)) as { version: string }).version
  } catch (error) {
    // One from before it could be asked.
    if (error instanceof MuelleError && error.code === 'REQUEST_UNKNOWN') return 'an older version'
    return undefined
  }
}

function keyOf({ kind, app, sameAs }: HandedOver): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, app, sameAs]))
    .digest('hex')
}

function askedBy(env: Io['env']): string {
  const user = env['SUDO_USER'] ?? env['USER'] ?? env['LOGNAME']
  return user === undefined ? 'command line' : `command line of ${user}`.slice(0, 100)
}
