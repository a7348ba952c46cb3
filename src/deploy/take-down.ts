import { edgeNetwork } from '../release/names.ts'
import { imageGroups } from '../release/render.ts'
import { withLease } from '../store/lease.ts'
import { type Control, readLiveModel, type Services } from './deploy.ts'

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
  return withLease(store, name, async () => {
    const app = await readLiveModel(name, services)
    const say = (message: string): void => control.emit({ type: 'note', message })
    const options = { signal: control.signal }

    say(`Taking ${name} off the gateway`)
    await gateway.remove(gateway.podFor(app.entrance), name)

    const containers = await engine.containers({ app: name })
    const standing = new Set(containers.flatMap(({ release }) => (release === undefined ? [] : [release])))
    for (const release of standing) {
      say(`Stopping release ${release}`)
      await engine.down(files.release(app, release), options)
    }
    if (containers.some(({ role }) => role === 'backing')) {
      say('Stopping the backing services')
      await engine.down(files.base(app), options)
    }
    await engine.removeNetwork(edgeNetwork(name))
    for (const network of owned(app.file.networks)) await engine.removeNetwork(network)

    const volumes = owned(app.file.volumes)
    if (target.volumes) for (const volume of volumes) await engine.removeVolume(volume)

    const releases = store.releases(name).map(({ number }) => number)
    for (const release of releases) {
      const model = await files.readModel(name, release)
      for (const { tag } of model === undefined ? [] : imageGroups(model, release))
        await engine.removeImage(tag)
    }
    await files.forgetApp(name)
    store.forgetApp(name)
    return {
      app: name,
      releases: [...standing].sort((a, b) => a - b),
      removedVolumes: target.volumes ? volumes : [],
      keptVolumes: target.volumes ? [] : volumes,
    }
  })
}

/** Full names of the networks or volumes that the file declares as its own. */
function owned(things: Record<string, { name: string; external?: boolean } | null> | undefined): string[] {
  return Object.values(things ?? {}).flatMap((thing) =>
    thing === null || thing.external === true ? [] : [thing.name],
  )
}
