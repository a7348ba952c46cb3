import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface as createLines } from 'node:readline'
import { createInterface } from 'node:readline/promises'
import { claimVariable, readClaim } from './agent/queue/claim.ts'
import { socketOf } from './agent/socket.ts'
import type { CliServices, Io, Output } from './cli/command.ts'
import { commandsFor } from './cli/commands/all.ts'
import { type Invocation, parse } from './cli/program.ts'
import { explainRemote, type Remote, readRemote, sshArguments } from './cli/remote.ts'
import { renderError } from './cli/render/error.ts'
import { plainProgress } from './cli/render/plain.ts'
import type { TerminalProgress } from './cli/render/terminal.ts'
import { asMuelleError, MuelleError, reportError } from './errors/muelle-error.ts'
import type { Emit } from './events/events.ts'
import { redactNothing } from './secrets/redact.ts'
import { createVault } from './secrets/vault.ts'
import { readInstallation } from './settings.ts'
import type { Claim } from './store/jobs.ts'

/** The composition root: reads the world, runs one command, writes its result, and ends with its exit code. */
async function main(): Promise<number> {
  const isJson = process.argv.includes('--json')
  let progress: TerminalProgress | undefined
  let deliver = async (): Promise<void> => undefined
  try {
    const remote = readRemote(process.argv.slice(2))
    if (remote !== undefined) return await runRemotely(remote, isJson)
    const argv = process.argv.slice(2)
    const invocation = parse(await commandsFor(argv), argv, (text) => process.stdout.write(text))
    if (invocation === undefined) return 0
    let emit: Emit = plainProgress(
      (line) => process.stderr.write(line),
      () => new Date(),
    )
    if (process.stderr.isTTY && !isJson) {
      const { terminalProgress } = await import('./cli/render/terminal.ts')
      progress = terminalProgress(process.stderr)
      emit = progress.emit
    }
    const world = createIo(emit)
    deliver = world.deliver
    const output = await runWhereItBelongs(invocation, world.io)
    progress?.stop()
    if (invocation.json) process.stdout.write(`${JSON.stringify(output.data)}\n`)
    else if (output.text !== undefined) process.stdout.write(`${output.text}\n`)
    return output.exitCode ?? 0
  } catch (thrown) {
    progress?.stop()
    const error = asMuelleError(thrown)
    if (isJson) process.stdout.write(`${JSON.stringify({ error: reportError(error) })}\n`)
    process.stderr.write(`${renderError(error)}\n`)
    if (process.env['MUELLE_DEBUG'] === '1') process.stderr.write(`${String((thrown as Error).stack)}\n`)
    return error.exitCode
  } finally {
    await deliver()
  }
}

/** What the other Muelle prints is the result, to the letter; only what has come to no Muelle is told by this one. */
async function runRemotely(remote: Remote, isJson: boolean): Promise<number> {
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true && !isJson
  const argv = sshArguments(remote, { config: process.env['MUELLE_SSH_CONFIG'], isTerminal })
  // Ctrl-C is for the other Muelle; when that ends, so does this one.
  process.on('SIGINT', () => undefined)
  const code = await attach('ssh', argv).catch((cause: unknown) => {
    throw new MuelleError('REMOTE_UNREACHABLE', 'The ssh command is not installed.', {
      hint: 'Install it:  sudo apt-get install openssh-client',
      cause,
    })
  })
  const failure = explainRemote(code, remote)
  if (failure !== undefined) throw failure
  return code
}

/** Milliseconds that a command goes on at its end, to send what there is to tell; the next one goes on with it. */
const deliveryMs = 8000

/** Of the agent, whose child this process may be; the programs that it starts have no part in it. */
const claim = readClaim(process.env[claimVariable])
delete process.env[claimVariable]

/** Runs a command: in this process, which may be the agent's, or by the agent. */
async function runWhereItBelongs(invocation: Invocation, io: Io): Promise<Output> {
  const { command, input } = invocation
  if (claim !== undefined) return runAsJob(invocation, io, claim)
  const socket = command.handOver === undefined ? undefined : socketOf(installation().home)
  if (socket === undefined || !existsSync(socket)) return command.run(input, io)
  const [{ handOver }, { readVersion }] = await Promise.all([
    import('./cli/hand-over.ts'),
    import('./version.ts'),
  ])
  const asking = { argv: process.argv.slice(2), socket, version: readVersion() }
  return (await handOver(invocation, asking, io)) ?? command.run(input, io)
}

/** For the agent, and for whoever follows the job. */
async function runAsJob({ command, input }: Invocation, io: Io, claim: Claim): Promise<Output> {
  const [{ carryOutJob }, { openTranscript, transcriptOf }] = await Promise.all([
    import('./agent/queue/carry-out.ts'),
    import('./agent/queue/transcript.ts'),
  ])
  const services = await io.services()
  const transcript = openTranscript(transcriptOf(installation().home, claim.id))
  const emit: Emit = (event) => {
    transcript.event(event)
    io.emit(event)
  }
  const control = { ...io, emit }
  const work = () => command.run(input, control)
  return (await carryOutJob(claim, { services, control, transcript, work })) ?? { data: null }
}

function installation() {
  return readInstallation(process.env, process.getuid?.() === 0)
}

function createIo(emit: Emit): { io: Io; deliver: () => Promise<void> } {
  let services: Promise<CliServices> | undefined
  const { signal, onStop } = stopSignal(emit)
  const io: Io = {
    cwd: process.cwd(),
    env: process.env,
    signal,
    isTerminal: process.stdin.isTTY === true && process.stderr.isTTY === true,
    onStop,
    emit,
    write: (text) => process.stdout.write(text),
    services: () => {
      services ??= import('./services.ts').then(({ createServices }) =>
        createServices(installation(), claim?.id),
      )
      return services
    },
    compose: async () => {
      const { createComposeLoader } = await import('./engine/docker/load-compose.ts')
      return createComposeLoader(createVault(installation().home))
    },
    ask,
    prompts: async () => {
      if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined
      return (await import('./cli/prompts.ts')).createPrompts(signal)
    },
    askSecret: async (question) => (await import('./cli/ask-secret.ts')).askSecret(question),
    attach,
  }
  const deliver = async (): Promise<void> => {
    const made = await services?.catch(() => undefined)
    await made?.notifier.deliverDue({ timeoutMs: deliveryMs })
  }
  return { io, deliver }
}

/** A program that is redacted writes to a pipe, so it is on the terminal itself only where nothing is to hide. */
async function attach(program: string, argv: readonly string[], redact = redactNothing): Promise<number> {
  if (redact === redactNothing) {
    const child = spawn(program, argv, { stdio: 'inherit' })
    const [code] = (await once(child, 'close')) as [number | null]
    return code ?? 1
  }
  const child = spawn(program, argv, { stdio: ['inherit', 'pipe', 'pipe'] })
  const ended = once(child, 'close') as Promise<[number | null]>
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const)
    createLines({ input: from }).on('line', (line) => to.write(`${redact(line)}\n`))
  return (await ended)[0] ?? 1
}

/** The first Ctrl-C takes back what was started; the second ends at once and leaves it to the next command. */
function stopSignal(emit: Emit): Pick<Io, 'signal' | 'onStop'> {
  const controller = new AbortController()
  let stop: Parameters<Io['onStop']>[0] = () => {
    if (controller.signal.aborted) process.exit(130)
    emit({ type: 'note', message: 'Stopping: taking back what was started. Once more to end at once.' })
    controller.abort()
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop(name))
  return {
    signal: controller.signal,
    onStop: (handler) => {
      stop = handler
    },
  }
}

async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await terminal.question(question)).trim()
  } finally {
    terminal.close()
  }
}

/** A pipe takes 64 KiB at once, and the rest when its reader has read; one that went away wants nothing more. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  stream.once('error', () => resolve())
  stream.write('', () => resolve())
  return promise
}

process.exitCode = await main()
await Promise.all([written(process.stdout), written(process.stderr)])
process.exit()
