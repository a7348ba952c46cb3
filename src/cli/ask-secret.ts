import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { MuelleError } from '../errors/muelle-error.ts'
import { Secret } from '../secrets/secret.ts'

/**
 * A value from a terminal, which does not show it, or else all of standard input without its final newline.
 * @throws MuelleError INTERRUPTED on Ctrl-C
 */
export async function askSecret(question: string): Promise<Secret> {
  if (!process.stdin.isTTY) return new Secret((await text(process.stdin)).replace(/\r?\n$/, ''))
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  try {
    // Only now does the terminal no longer show what is typed.
    process.stderr.write(question)
    return new Secret(await terminal.question(''))
  } catch (cause) {
    throw new MuelleError('INTERRUPTED', 'Nothing was set.', { cause })
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}
