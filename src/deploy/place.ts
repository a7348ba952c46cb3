import type { App } from '../app/app.ts'
import { production, projectOf } from '../app/environment.ts'
import { type Instance, refuseSharing } from '../app/sharing.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { readLiveModel } from './live-model.ts'
import type { Services } from './with-app.ts'

/** Where an app is to run: one of its environments on this machine. */
export interface Place extends Instance {
  /** For another environment: the same folder in production, whether that is deployed or not. */
  production?: App | undefined
}

/**
 * Refuses, before anything is touched, what another environment or another app has already.
 * @throws MuelleError ENVIRONMENT_SHARED or DOMAIN_TAKEN
 */
export async function refuseTaken(place: Place, services: Services): Promise<void> {
  const { app } = place
  const { gateway, store } = services
  const folder = place.production === undefined ? [] : [{ environment: production, app: place.production }]
  const known = store.apps().find(({ name }) => name === app.name)?.environment ?? place.environment
  if (known !== place.environment) throw nameTaken(app.name, known)
  refuseSharing(place, [...folder, ...(await otherEnvironments(place, services))])
  const domains = app.entrance.kind === 'domains' ? app.entrance.domains : []
  await gateway.refuseTaken(gateway.podFor(app.entrance), { app: app.name, domains })
}

/** The environments of the same project that are deployed here, from whatever folder. */
async function otherEnvironments({ app, environment }: Place, services: Services): Promise<Instance[]> {
  const project = projectOf({ name: app.name, environment })
  const others = services.store
    .apps()
    .filter((other) => other.name !== app.name && projectOf(other) === project)
    .map(async (other): Promise<Instance[]> => {
      const model = await readLiveModel(other.name, services).catch(() => undefined)
      return model === undefined ? [] : [{ app: model, environment: other.environment }]
    })
  return (await Promise.all(others)).flat()
}

function nameTaken(name: string, environment: string): MuelleError {
  return new MuelleError('ENVIRONMENT_SHARED', `${name} is the ${environment} environment of another app.`, {
    hint: `Choose another name at the top of the Compose file, or remove that one:  muelle down ${name}`,
  })
}
