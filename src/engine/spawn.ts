export interface SpawnOptions {
  signal?: AbortSignal
  onLine?: (line: string) => void
  cwd?: string
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
  const { signal, onLine, cwd } = options
  signal?.throwIfAborted()
  const { execa } = await import('execa')
  const child = execa(program, argv, {
    all: true,
    detached: true,
    reject: false,
    stdin: 'ignore',
    ...(cwd === undefined ? {} : { cwd }),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  })
  const lines: string[] = []
  for await (const line of child.iterable({ from: 'all' })) {
    onLine?.(line)
    if (line.trim() === '') continue
    lines.push(line)
    if (lines.length > keptLines) lines.shift()
  }
  const { exitCode, stdout, code } = await child
  signal?.throwIfAborted()
  return { exitCode, stdout, lines, isMissing: code === 'ENOENT' }
}
