import type { App } from '../app/app.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import type { AppFiles } from '../release/files.ts'
import type { Store } from '../store/store.ts'

interface Models {
  store: Pick<Store, 'releases'>
  files: Pick<AppFiles, 'readModel' | 'readLatest'>
}

/** The model of the release that is live, or the newest that there is. @throws MuelleError APP_UNKNOWN */
export async function readLiveModel(name: string, services: Models): Promise<App> {
  const model = await findLiveModel(name, services)
  if (model !== undefined) return model
  throw new MuelleError('APP_UNKNOWN', `No app called ${name} is deployed here.`, {
    hint: 'See what is:  muelle status   or deploy it:  muelle up path/to/project',
  })
}

/** The same, or nothing where the app was never deployed. */
export async function findLiveModel(name: string, { store, files }: Models): Promise<App | undefined> {
  const releases = store.releases(name)
  const candidates = [...releases.filter(({ state }) => state === 'live'), ...releases]
  for (const { number } of candidates) {
    const model = await files.readModel(name, number)
    if (model !== undefined) return model
  }
  return files.readLatest(name)
}
