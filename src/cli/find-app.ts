import { resolve } from 'node:path'
import { MuelleError } from '../errors/muelle-error.ts'
import type { Store } from '../store/store.ts'
import { type Input, type Io, text } from './command.ts'

/** The name of the deployed app that a command is about. @throws MuelleError APP_UNKNOWN */
export function findApp(input: Input, io: Io, options: { store: Store; named?: string | undefined }): string {
  const { store, named = text(input, 'app') } = options
  const apps = store.apps()
  const directory = resolve(io.cwd, text(input, 'directory') ?? '.', named ?? '.')
  const found =
    apps.find((app) => app.name === named) ??
    apps.find((app) => app.directory === directory || resolve(app.directory) === directory)
  if (found !== undefined) return found.name
  const known = apps.map((app) => app.name).join(', ')
  throw new MuelleError(
    'APP_UNKNOWN',
    named === undefined
      ? `No app is deployed from ${directory}.`
      : `No app called ${named} is deployed here.`,
    {
      hint:
        known === ''
          ? 'Deploy one:  muelle up path/to/project'
          : `Deployed here: ${known}. Name one with --app.`,
    },
  )
}
