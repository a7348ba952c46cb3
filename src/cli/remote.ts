import { shellWord } from '../app/shell-word.ts'
import { MuelleError } from '../errors/muelle-error.ts'

/** A command for the Muelle of another machine. */
export interface Remote {
  /** For ssh, without the program. */
  server: string
  /** What Muelle is called there. */
  program: string
  /** The command and its arguments, for that Muelle. */
  words: readonly string[]
}

/**
 * Reads `--host ssh://USER@SERVER[:PORT][/PATH/TO/muelle] COMMAND …`.
 * @returns undefined for a command of this machine
 * @throws MuelleError USAGE
 */
export function readRemote(argv: readonly string[]): Remote | undefined {
  const [first = '', ...rest] = argv
  const [, inline] = /^--host=(.*)$/s.exec(first) ?? []
  if (first !== '--host' && inline === undefined) return undefined
  const [address = '', ...words] = inline === undefined ? rest : [inline, ...rest]
  const url = URL.canParse(address) ? new URL(address) : undefined
  const isName = (text: string): boolean => /^(?:\w[\w.-]*|\[[\da-f:]+\])$/.test(text)
  if (url === undefined || url.protocol !== 'ssh:' || !isName(url.hostname) || !isPlain(url))
    throw usage(`${address} is no address of a server.`)
  if (words.length === 0) throw usage('There is no command for the server.')
  const user = url.username === '' ? '' : `${url.username}@`
  const port = url.port === '' ? '' : `:${url.port}`
  const program = url.pathname.length > 1 ? decodeURIComponent(url.pathname) : 'muelle'
  return { server: `ssh://${user}${url.hostname}${port}`, program, words }
}

/** A password would be in the history of the shell and in the list of processes. */
function isPlain({ username, password, search, hash }: URL): boolean {
  return /^(?:\w[\w.-]*)?$/.test(username) && password === '' && search === '' && hash === ''
}

/**
 * Arguments for ssh. It hands one text to a shell of the server, so that each word has to be quoted for that; this is the
 * one place where that is so.
 * @param options `config`: instead of the user's own; `isTerminal`: someone types and reads there
 */
export function sshArguments(
  { server, program, words }: Remote,
  { config, isTerminal }: { config: string | undefined; isTerminal: boolean },
): string[] {
  const text = [program, ...words].map(shellWord).join(' ')
  return [
    ...(config === undefined ? [] : ['-F', config]),
    isTerminal ? '-t' : '-T',
    ...['-o', 'ConnectTimeout=20', '-o', 'ServerAliveInterval=30'],
    ...['--', server, text],
  ]
}

/** What ssh itself ends with when it came to no command (ssh(1), "EXIT STATUS"), and a shell that found none. */
export function explainRemote(exitCode: number, { server, program }: Remote): MuelleError | undefined {
  if (exitCode === 255) {
    return new MuelleError('REMOTE_UNREACHABLE', `The connection to ${server} failed or broke.`, {
      hint: `See why:  ssh -v ${server} true   What was begun there is brought to an end there; look:  muelle --host ${server} status`,
    })
  }
  if (exitCode !== 127) return undefined
  return new MuelleError('REMOTE_UNREACHABLE', `There is no ${program} on ${server}.`, {
    hint: `Say where it is:  muelle --host ${server}/opt/muelle/muelle status`,
  })
}

function usage(message: string): MuelleError {
  return new MuelleError('USAGE', message, { hint: 'Say:  muelle --host ssh://USER@SERVER status' })
}
