import { resolve } from 'node:path'
import { instanceName, production, readEnvironment } from '../app/environment.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import type { AppRecord } from '../store/apps.ts'
import type { Store } from '../store/store.ts'
import { type Input, type Io, text } from './command.ts'

interface Wanted {
  store: Store
  /** An app or its folder; without, what `--app` says. */
  named?: string | undefined
  /** Without, what `--env` says. */
  environment?: string | undefined
}

/** The name of the deployed app that a command is about. @throws MuelleError APP_UNKNOWN or USAGE */
export function findApp(input: Input, io: Io, wanted: Wanted): string {
  return findRecord(input, io, wanted).name
}

/**
 * What is on record of that app. `shop` in staging is `shop-staging`, by either name.
 * @throws MuelleError APP_UNKNOWN or USAGE
 */
export function findRecord(input: Input, io: Io, wanted: Wanted): AppRecord {
  const { store, named = text(input, 'app'), environment: given = text(input, 'env') } = wanted
  const environment = readEnvironment(given)
  const directory = resolve(io.cwd, text(input, 'directory') ?? '.', named ?? '.')
  const apps = store.apps()
  const own = apps.filter((app) => app.environment === environment)
  const found =
    (given === undefined ? apps : own).find(({ name }) => name === named) ??
    own.find(({ name }) => named !== undefined && name === instanceName(named, environment)) ??
    own.find((app) => resolve(app.directory) === directory)
  if (found !== undefined) return found
  const what =
    named === undefined ? `No app is deployed from ${directory}` : `No app called ${named} is deployed here`
  const isKnown = apps.some((app) => resolve(app.directory) === directory)
  const where = given === undefined && !isKnown ? '' : ` as ${environment}`
  throw new MuelleError('APP_UNKNOWN', `${what}${where}.`, { hint: hint(apps, environment) })
}

/** Names of all apps that a command without an app is about; those of one environment with `--env`. */
export function findApps(input: Input, io: Io, wanted: Wanted): string[] {
  const named = wanted.named ?? text(input, 'app') ?? text(input, 'directory')
  if (named !== undefined) return [findApp(input, io, wanted)]
  const environment = text(input, 'env')
  const apps = wanted.store.apps().filter((app) => app.environment === (environment ?? app.environment))
  return apps.map(({ name }) => name)
}

function hint(apps: readonly AppRecord[], wanted: string): string {
  const option = wanted === production ? '' : ` --env ${wanted}`
  if (apps.length === 0) return `Deploy one:  muelle up path/to/project${option}`
  const known = apps.map(({ name, environment }) =>
    environment === production ? name : `${name} (${environment})`,
  )
  return `Deployed here: ${known.join(', ')}. Name one with --app, or its environment with --env.`
}
