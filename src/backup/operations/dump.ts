import type { Context, Operation } from '../../deploy/operation.ts'
import { refuseFullDisk } from '../../deploy/operations/disk.ts'
import type { StepOf } from '../../deploy/step.ts'
import { type Contents, contentsOf } from '../contents.ts'
import { databaseKinds } from '../databases/all.ts'
import type { Manifest, ServerDump } from '../manifest.ts'
import { inside } from '../restic.ts'
import { ownServer, stagingVolume } from '../server.ts'
import { clearUp, makeVolume, presentMedia, writeBeside } from '../staging.ts'

/** Milliseconds. Large databases take hours. */
export const dataTimeoutMs = 12 * 3_600_000

/** A dump, and the server of its drill; a database that finds the disk full loses writes. */
const copies = 2

export const dump: Operation<StepOf<'dump'>> = {
  timeoutMs: dataTimeoutMs,
  run: async ({ point }, context) => {
    const { app } = context
    const { databases, without } = contentsOf(app)
    const media = await presentMedia(app)
    await refuseWithoutRoom(
      databases.map(({ service }) => service),
      context,
    )
    await makeVolume(stagingVolume(app.name, point), context)
    const servers: ServerDump[] = []
    for (const { service } of databases) {
      const server = await ownServer(service, point, context)
      servers.push(await databaseKinds.postgres.dump(server, service, context))
    }
    await describe(point, { servers, media, without }, context)
  },
  undo: async ({ point }, context) => {
    await clearUp(point, context)
    context.store.changeBackup(context.app.name, point, { state: 'failed' })
  },
}

/** Lays beside the dumps what was in them. */
export async function describe(
  point: string,
  { servers, media, without }: Pick<Contents, 'media' | 'without'> & { servers: ServerDump[] },
  context: Context,
): Promise<void> {
  const { app, store } = context
  const live = store.releases(app.name).find(({ state }) => state === 'live')
  const manifest: Manifest = {
    format: 1,
    point,
    app: app.name,
    environment: store.apps().find(({ name }) => name === app.name)?.environment ?? 'production',
    release: live?.number ?? null,
    createdAt: new Date().toISOString(),
    servers,
    media: media.map(({ key }) => key),
    without: without.map(({ service }) => service),
  }
  const text = JSON.stringify(manifest)
  await writeBeside(inside.manifest, text, point, context)
  store.changeBackup(app.name, point, { manifest: text })
}

async function refuseWithoutRoom(services: readonly string[], context: Context): Promise<void> {
  const servers = await Promise.all(services.map((service) => ownServer(service, undefined, context)))
  const sizes = await Promise.all(servers.map((server) => databaseKinds.postgres.size(server)))
  const needed = copies * sizes.reduce((sum, size) => sum + size, 0)
  await refuseFullDisk('the dump and its drill need', context, needed)
}
