import { MuelleError } from '../errors/muelle-error.ts'

/** Read by the programs that Muelle starts, so a secret of that name would change what they do. */
const taken =
  /^(?:PATH|HOME|SHELL|USER|PWD|TMPDIR|.*_PROXY|(?:COMPOSE|DOCKER|BUILDKIT|BUILDX|MUELLE|LD|GO|SSL)_.*)$/i

/** Whether the programs that Muelle starts read a variable of that name. */
export function meansSomething(name: string): boolean {
  return taken.test(name)
}

/**
 * The name of a secret is that of an environment variable, because that is how Compose files call it.
 * @throws MuelleError USAGE
 */
export function checkSecretName(name: string): string {
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    throw new MuelleError('USAGE', `${name} is no name for a secret.`, {
      hint: 'Use letters, digits and underscores, as for an environment variable:  DB_PASSWORD',
    })
  }
  if (!meansSomething(name)) return name
  throw new MuelleError('USAGE', `${name} means something to the programs that Muelle starts.`, {
    hint: 'Call the secret otherwise, and give it this name where the Compose file hands it to a service.',
  })
}
