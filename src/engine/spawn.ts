import { type ChildProcess, spawn as start } from 'node:child_process'
import { once } from 'node:events'
import { basename } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { runnerVariable, thisProcess } from '../processes.ts'
import { type Redact, redactNothing } from '../secrets/redact.ts'

export interface SpawnOptions {
  signal?: AbortSignal
  onLine?: (line: string) => void
  cwd?: string
  /** What the program reads from its standard input. */
  input?: string
  /** Its standard input stays open until this is settled, and ends at the latest with Muelle. */
  until?: Promise<unknown>
  /** Receives each line of standard output as it is; they are kept nowhere then. */
  onOutput?: (line: string) => void
  /** Environment beside that of Muelle. */
  env?: Readonly<Record<string, string>>
  /** Applied to each line before anyone sees it; standard output as a whole is data, and stays as it is. */
  redact?: Redact
}

export interface SpawnResult {
  /** Undefined when the program was ended by a signal or could not be started. */
  exitCode: number | undefined
  stdout: string
  /** The last lines of both streams, without empty ones. */
  lines: readonly string[]
  isMissing: boolean
}

const keptLines = 50

/** In which a name, a branch or a path could become a command. */
const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh', 'env', 'xargs'])

/** A program that does not end on SIGTERM is killed after this time. */
const patienceMs = 5000

/**
 * Runs a program with an argument array, never through a shell. It gets a process group of its own, so that
 * Ctrl-C reaches Muelle alone, which then ends it.
 * @throws the signal's reason once that is aborted; a non-zero exit code is a result
 */
export async function spawn(
  program: string,
  argv: readonly string[],
  options: SpawnOptions = {},
): Promise<SpawnResult> {
  const { signal, onLine, onOutput, cwd, env, redact = redactNothing } = options
  signal?.throwIfAborted()
  if (shells.has(basename(program))) throw new Error(`no shell is ever spawned, nor what would: ${program}`)
  const child = start(program, argv, {
    detached: true,
    stdio: 'pipe',
    env: { ...process.env, ...env, [runnerVariable]: thisProcess },
    ...(cwd === undefined ? {} : { cwd }),
  })
  // A program that ends before it has read all of it says why by itself.
  child.stdin.on('error', () => undefined)
  feed(child.stdin, options)
  const stop = (): void => end(child)
  signal?.addEventListener('abort', stop)
  const lines: string[] = []
  const keep = (raw: string): void => {
    const line = redact(raw)
    onLine?.(line)
    if (line.trim() === '') return
    lines.push(line)
    if (lines.length > keptLines) lines.shift()
  }
  try {
    const ended = once(child, 'close') as Promise<[number | null]>
    const [[exitCode], stdout] = await Promise.all([
      ended,
      onOutput === undefined ? readLines(child.stdout, keep) : handOn(child.stdout, onOutput),
      readLines(child.stderr, keep),
    ])
    signal?.throwIfAborted()
    return { exitCode: exitCode ?? undefined, stdout: stdout.join('\n'), lines, isMissing: false }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return { exitCode: undefined, stdout: '', lines, isMissing: true }
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

function feed(stdin: Writable, { input, until }: SpawnOptions): void {
  if (until === undefined) {
    stdin.end(input)
    return
  }
  stdin.write(input ?? '')
  const end = (): void => void stdin.end()
  until.then(end, end)
}

async function readLines(stream: Readable, keep: (line: string) => void): Promise<string[]> {
  const lines: string[] = []
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    lines.push(line)
    keep(line)
  }
  return lines
}

async function handOn(stream: Readable, onOutput: (line: string) => void): Promise<string[]> {
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }))
    onOutput(line)
  return []
}

function end(child: ChildProcess): void {
  child.kill('SIGTERM')
  const kill = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  child.once('close', () => clearTimeout(kill))
}
