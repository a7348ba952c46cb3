/** Progress goes to stderr: stdout is for the result. */
export function progress(message: string): void {
  process.stderr.write(`${new Date().toLocaleTimeString('en-GB')} ${message}\n`)
}

/**
 * Runs a bench as a program: its result is one JSON line, the last on stdout. Ctrl-C and SIGTERM abort the
 * signal given to `measure`, which is then to clean up and end.
 */
export async function runBench(
  measure: (interrupted: AbortSignal) => Promise<{ result: object; passed: boolean }>,
) {
  const interrupting = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupting.abort())
  try {
    const { result, passed } = await measure(interrupting.signal)
    process.stdout.write(`${JSON.stringify(result)}\n`)
    process.exitCode = passed ? 0 : 1
  } catch (error) {
    progress(
      interrupting.signal.aborted ? 'interrupted' : error instanceof Error ? error.message : String(error),
    )
    process.exitCode = interrupting.signal.aborted ? 130 : 1
  }
}
