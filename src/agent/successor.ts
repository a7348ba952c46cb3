import { MuelleError } from '../errors/muelle-error.ts'

/** A program that is to go on in the place of this one. */
export interface Successor {
  /** The Node that runs it. */
  file: string
  /** Its `main.ts`. */
  main: string
}

/**
 * Becomes another version of this program, with the arguments that this one was started with. It stays the same process
 * (execve(2)): whatever keeps services here notices nothing, and what it has started stays its own.
 */
export function becomeSuccessor({ file, main }: Successor): never {
  const argv = [file, ...process.execArgv, main, ...process.argv.slice(2)]
  if (process.execve === undefined)
    throw new MuelleError(
      'SERVICE_MANAGER_MISSING',
      'This system cannot replace a process by another program.',
      {
        hint: 'Restart what runs the agent.',
      },
    )
  return process.execve(file, argv, process.env)
}
