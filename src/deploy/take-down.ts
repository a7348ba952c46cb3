import type { App } from '../app/app.ts'
import { ejectedImages } from '../eject/images.ts'
import { edgeNetwork } from '../release/names.ts'
import { imageGroups } from '../release/render.ts'
import { withGateway } from '../store/lease.ts'
import { readLiveModel } from './live-model.ts'
import type { Control } from './run.ts'
import { type Services, withApp } from './with-app.ts'

export interface TakenDown {
  app: string
  releases: readonly number[]
  /** Names of the volumes that were removed. */
  removedVolumes: readonly string[]
  /** Names of the volumes that still hold data. */
  keptVolumes: readonly string[]
}

/** Removes an app from this machine: gateway first, then releases, then backing services. Volumes stay unless told. */
export async function takeDown(
  target: { name: string; volumes: boolean },
  services: Services,
  control: Control,
): Promise<TakenDown> {
  const { engine, gateway, store, files } = services
  const { name } = target
  return withApp(name, { services, control }, async () => {
    const app = await readLiveModel(name, services)
    control.emit({ type: 'note', message: `Taking ${name} off the gateway` })
    await services.certificates.forget(gateway.podFor(app.entrance), name)
    await withGateway(store, () => gateway.remove(gateway.podFor(app.entrance), name))
    const releases = await removeContainers(app, services, control)
    for (const network of [edgeNetwork(name), ...owned(app.file.networks)]) {
      if (await engine.removeNetwork(network)) continue
      control.emit({ type: 'note', message: `The network ${network} stays: other containers are on it` })
    }
    const volumes = owned(app.file.volumes)
    if (target.volumes) await removeData(name, volumes, services)
    await removeImages(name, services)
    if (target.volumes) await removeEjectedImages(app, services, control)
    await files.forgetApp(name)
    store.forgetApp(name)
    return {
      app: name,
      releases,
      removedVolumes: target.volumes ? volumes : [],
      keptVolumes: target.volumes ? [] : volumes,
    }
  })
}

/** @returns the releases that had containers */
async function removeContainers(app: App, services: Services, { emit, signal }: Control): Promise<number[]> {
  const { engine, files } = services
  const containers = await engine.containers({ app: app.name })
  const standing = new Set(containers.flatMap(({ release }) => (release === undefined ? [] : [release])))
  for (const release of standing) {
    emit({ type: 'note', message: `Stopping release ${release}` })
    await engine.down(files.release(app, release), { signal })
  }
  if (containers.some(({ role }) => role === 'backing')) {
    emit({ type: 'note', message: 'Stopping the backing services' })
    await engine.down(files.base(app), { signal })
  }
  return [...standing].sort((a, b) => a - b)
}

/** A database that stays opens with no other password than the one that it was made with. */
async function removeData(
  name: string,
  volumes: readonly string[],
  { engine, secrets }: Services,
): Promise<void> {
  for (const volume of volumes) await engine.removeVolume(volume)
  await secrets.forget(name)
}

async function removeImages(name: string, { engine, files, store }: Services): Promise<void> {
  for (const { number } of store.releases(name)) {
    const model = await files.readModel(name, number)
    for (const { tag } of model === undefined ? [] : imageGroups(model, number)) await engine.removeImage(tag)
  }
}

/** A folder that `eject` wrote has lost its data as well, and builds its images anew if it is started elsewhere. */
async function removeEjectedImages(app: App, { engine }: Services, { emit }: Control): Promise<void> {
  for (const { tag } of ejectedImages(app)) {
    await engine.removeImage(tag).catch(() => {
      emit({ type: 'note', message: `The image ${tag} stays: a container runs from it` })
    })
  }
}

/** Full names of the networks or volumes that the file declares as its own. */
function owned(things: Record<string, { name: string; external?: boolean } | null> | undefined): string[] {
  return Object.values(things ?? {}).flatMap((thing) =>
    thing === null || thing.external === true ? [] : [thing.name],
  )
}
