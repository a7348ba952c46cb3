import { resolve } from 'node:path'
import { readRepositoryAddress } from '../../app/repository-address.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { type CliServices, type Input, type Io, text } from '../command.ts'

/** Another repository than the app's own; a folder may be named from here. @throws MuelleError USAGE */
export function readFrom(input: Input, io: Io, { repositories }: CliServices) {
  const from = text(input, 'from')
  if (from === undefined) return undefined
  const location = /^[a-z0-9]+:/.test(from) ? from : resolve(io.cwd, from)
  const address = readRepositoryAddress(location)
  if (typeof address === 'string') {
    throw new MuelleError('USAGE', `--from names no repository: ${address}.`, {
      hint: 'Say:  muelle backup fetch --from REPOSITORY --key-file FILE',
    })
  }
  const keyFile = text(input, 'keyFile')
  return { location, keyFile: keyFile === undefined ? repositories.keyFile : resolve(io.cwd, keyFile) }
}
