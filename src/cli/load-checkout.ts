import type { UpdateSettings } from '../app/schema.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import type { Checkout } from '../source/check-out.ts'
import { findUpdate, type Update } from '../source/find-update.ts'
import type { AppRecord } from '../store/apps.ts'
import type { CliServices, Io } from './command.ts'
import { loadFrom, type Project } from './load-project.ts'

/** An update of an app: from where, and which commit of it. */
export interface Wanted {
  app: AppRecord
  settings: UpdateSettings
  ref: string | undefined
  again: boolean
}

/** Fetches the branch. @throws MuelleError SOURCE_UNREACHABLE, BRANCH_MISSING or COMMIT_UNKNOWN */
export function fetchUpdate(
  { app, settings, ...chosen }: Wanted,
  services: CliServices,
  io: Io,
): Promise<Update> {
  io.emit({ type: 'note', message: `Fetching ${settings.branch} of ${settings.repo}` })
  const live = services.store.releases(app.name).find(({ state }) => state === 'live')
  const mirror = services.sources.open(app.name, settings)
  return findUpdate({ settings, from: live?.commit ?? null, ...chosen }, mirror, io.signal)
}

/**
 * Checks the commit out, loads it as a project, and does something with that. Checkouts that no release runs from are
 * gone afterwards.
 * @throws MuelleError SOURCE_UNUSABLE, and as `loadFrom` does
 */
export async function withCheckout<T>(
  { app, settings, commit }: Pick<Wanted, 'app' | 'settings'> & { commit: string },
  { services, io }: { services: CliServices; io: Io },
  work: (load: () => Promise<Project>) => Promise<T>,
): Promise<T> {
  const { checkOut, removeCheckouts } = await import('../source/check-out.ts')
  const folder = services.sources.folderOf(app.name)
  const source = services.store.source(app.name)
  let checkout: Checkout | undefined
  try {
    return await work(async () => {
      const mirror = services.sources.open(app.name, settings)
      checkout = await checkOut(commit, mirror, { app, source, folder })
      return load(checkout, app, io)
    })
  } finally {
    const used = await directoriesInUse(app.name, services)
    await removeCheckouts(folder, { used, own: checkout?.directory })
  }
}

async function load(checkout: Checkout, record: AppRecord, io: Io): Promise<Project> {
  const { directory, files } = checkout
  const source = { directory, files, environment: record.environment }
  await checkout.complete(await (await io.compose()).written(source))
  const project = await loadFrom(source, io, checkout)
  if (project.app.name === record.name) return project
  throw new MuelleError(
    'SOURCE_UNUSABLE',
    `The commit calls the app ${project.app.name}, not ${record.name}.`,
    {
      hint: 'Put its name back at the top of the Compose file, or deploy it as a new app by hand:  muelle up',
    },
  )
}

/** Folders that a kept release was deployed from, or that is being taken back. */
async function directoriesInUse(app: string, { files, store }: CliServices): Promise<string[]> {
  const numbers = store.releases(app).map(({ number }) => number)
  const models = await Promise.all([
    files.readLatest(app),
    ...numbers.map((number) => files.readModel(app, number)),
  ])
  return models.flatMap((model) => model?.directory ?? [])
}
