import { writeFile } from 'node:fs/promises'

/** The end of stdin stops the load, so a load never outlives the bench that started it. */
export function stopWithStdin(): AbortController {
  const stopping = new AbortController()
  process.stdin.on('end', () => stopping.abort()).resume()
  return stopping
}

/** Ends the program: keeps the lines in the file, if there is one, and prints the report. */
export async function finish(report: object, lines: readonly object[], file: string | undefined) {
  process.stdin.destroy()
  if (file !== undefined) await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  process.stdout.write(`${JSON.stringify(report)}\n`)
}
