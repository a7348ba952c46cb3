import { MuelleError } from '../errors/muelle-error.ts'
import type { ComposeFile, ComposeService } from './compose.ts'

/** The environment that is meant when none is named, and that has the plain name of the project. */
export const production = 'production'

/** Container names are host names, which have room for 63 characters; the project and the service need most of it. */
const longestName = 20

/**
 * The name of an environment as someone wrote it.
 * @throws MuelleError USAGE
 */
export function readEnvironment(name = production): string {
  // `shop-r2` would be taken for release 2 of the app `shop`.
  const isRelease = /(?:^|-)r\d+$/.test(name)
  if (/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name) && !isRelease && name.length <= longestName) return name
  throw new MuelleError('USAGE', `${name} is no name for an environment.`, {
    hint: `Use up to ${longestName} small letters, digits and dashes, and nothing like r12:  --env staging`,
  })
}

/** The Compose project of an environment: what `shop` is to production, `shop-staging` is to staging. */
export function instanceName(project: string, environment: string): string {
  const isPlain = environment === production || project.endsWith(`-${environment}`)
  return isPlain ? project : `${project}-${environment}`
}

/** The name that an instance has in production. */
export function projectOf({ name, environment }: { name: string; environment: string }): string {
  return environment === production ? name : name.slice(0, -environment.length - 1)
}

/** On one machine only one container can have a name of its own; others go on calling it by that name. */
export function withoutContainerNames(file: ComposeFile): ComposeFile {
  const services = Object.entries(file.services).map(([key, service]) => [key, withAlias(service)])
  return { ...file, services: Object.fromEntries(services) }
}

function withAlias({ container_name: name, ...service }: ComposeService): ComposeService {
  if (name === undefined || service.networks === undefined) return service
  const networks = Object.entries(service.networks).map(([key, network]) => {
    const aliases = [...(network?.aliases ?? []), name]
    return [key, { ...network, aliases }]
  })
  return { ...service, networks: Object.fromEntries(networks) }
}
