import type { Context, Operation } from '../../deploy/operation.ts'
import { blameFullDisk, refuseFullDisk } from '../../deploy/operations/disk.ts'
import type { StepOf } from '../../deploy/step.ts'
import { type Contents, contentsOf } from '../contents.ts'
import { databaseKinds } from '../databases/all.ts'
import type { Manifest, ServerDump } from '../manifest.ts'
import { isBegun, recordOf } from '../record.ts'
import { inside } from '../restic.ts'
import { ownServer, stagingVolume } from '../server.ts'
import { clearUp, makeVolume, presentMedia, writeBeside } from '../staging.ts'

/** Milliseconds. Large databases take hours. */
export const dataTimeoutMs = 12 * 3_600_000

/** A dump, and the server of its drill; a database that finds the disk full loses writes. */
const copies = 2

export const dump: Operation<StepOf<'dump'>> = {
  timeoutMs: dataTimeoutMs,
  isNeeded: isBegun,
  run: async ({ point, release }, context) => {
    const { app, store } = context
    // Not before this step is in the journal: one that dies earlier would be on record as running for ever.
    if (release === undefined) store.beginBackup(app.name, point, new Date().toISOString())
    const { databases, without } = contentsOf(app)
    const media = await presentMedia(app)
    await refuseWithoutRoom(databases, context)
    await makeVolume(stagingVolume(app.name, point), context)
    const servers: ServerDump[] = []
    for (const { service, kind } of databases) {
      const server = await ownServer(service, point, context)
      const dumping = databaseKinds[kind].dump(server, service, context)
      servers.push(await dumping.catch(blameFullDisk('the dump needs', context)))
    }
    await describe(point, { servers, media, without }, context)
  },
  undo: async ({ point }, context) => {
    await clearUp(point, context)
    const { app, store } = context
    const made = recordOf(point, context)
    if (made !== undefined && made.sizeBytes === null)
      store.changeBackup(app.name, point, { state: 'failed' })
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

async function refuseWithoutRoom(databases: Contents['databases'], context: Context): Promise<void> {
  const sizes = await Promise.all(
    databases.map(async ({ service, kind }) =>
      databaseKinds[kind].size(await ownServer(service, undefined, context)),
    ),
  )
  const needed = copies * sizes.reduce((sum, size) => sum + size, 0)
  await refuseFullDisk('the dump and its drill need', context, needed)
}
