import { ownNames } from '../../app/app.ts'
import type { Context, Operation } from '../../deploy/operation.ts'
import { blameFullDisk } from '../../deploy/operations/disk.ts'
import type { StepOf } from '../../deploy/step.ts'
import { within } from '../../deploy/wait.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { outsideOf } from '../contents.ts'
import { databaseKinds } from '../databases/all.ts'
import type { Server } from '../databases/kind.ts'
import { describeEntry } from '../entries.ts'
import type { Manifest, ServerDump } from '../manifest.ts'
import { locate } from '../outside/client.ts'
import { copyNames } from '../outside/copy.ts'
import { isBegun } from '../record.ts'
import { inside } from '../restic.ts'
import { diskFull, openServer, tellsOfFullDisk } from '../server.ts'
import {
  clearUp,
  makeScratchNetwork,
  makeVolume,
  scratchContainer,
  scratchVolume,
  serverImage,
} from '../staging.ts'
import { lowPriority, mountArguments, ownLabels, toolRole } from '../tool.ts'
import { recordFailure } from './disprove.ts'
import { dataTimeoutMs } from './dump.ts'
import { fetchDumps } from './fetch.ts'
import { repositoryOf } from './keep.ts'
import { refuseEarlier } from './refuse-earlier.ts'

/** Of what a restore would leave out. */
const mostTold = 10

/** Milliseconds. It has an eighth of a processor that visitors want. */
const startWithin = 15 * 60_000

export const prove: Operation<StepOf<'prove'>> = {
  timeoutMs: dataTimeoutMs,
  isNeeded: isBegun,
  run: async (step, context) => {
    await proveAll(step, context)
      .catch(blameFullDisk('the drill needs', context))
      .catch(recordFailure(step.point, context))
  },
  undo: ({ point }, context) => clearUp(point, context),
}

async function proveAll({ point, rehearses = false }: StepOf<'prove'>, context: Context): Promise<void> {
  const { app, clock, store } = context
  await clearUp(point, context)
  const began = clock.now()
  const manifest = await fetchDumps(point, context)
  const network = rehearses ? await makeScratchNetwork(point, context) : 'none'
  const repository = await repositoryOf(context)
  const [restoreMs] = await Promise.all([
    proveServers(manifest, network, context).then((ended) => Math.round(ended - began)),
    // All of it: a blob that is damaged may be one that this backup found there and did not write.
    repository.readThrough(point, inside.root, context),
    tellWhatStaysOut(point, context),
  ])
  await repository.markProven(point, true)
  if (!rehearses) await clearUp(point, context)
  const provenAt = new Date().toISOString()
  store.changeBackup(app.name, point, { state: 'proven', restoreMs, provenAt, reason: null })
}

/** In time: whoever restores learns nothing new. */
async function tellWhatStaysOut(point: string, context: Context): Promise<void> {
  const repository = await repositoryOf(context)
  const leftOut = await repository.inspect(point, context)
  for (const entry of leftOut.slice(0, mostTold))
    context.note(`A restore leaves out what leads out of its folder: ${describeEntry(entry)}`)
  if (leftOut.length > mostTold) context.note(`And ${leftOut.length - mostTold} more such.`)
}

/** @returns when everything had been loaded, by the clock */
async function proveServers(
  { point, servers }: Manifest,
  network: string,
  context: Context,
): Promise<number> {
  const started = await Promise.all(
    servers.map(async (dump) => ({ dump, server: await startScratch(dump, { point, network }, context) })),
  )
  for (const { dump, server } of started) {
    await refuseEarlier(server, dump)
    await databaseKinds[dump.kind].load(server, dump, inScratch(dump, context))
  }
  const ended = context.clock.now()
  for (const { dump, server } of started)
    await databaseKinds[dump.kind].examine(server, dump, inScratch(dump, context))
  return ended
}

function inScratch({ kind }: ServerDump, context: Context) {
  return { ...context, isScratch: true, rename: (name: string) => databaseKinds[kind].inScratch(name) }
}

/** A server that nobody reaches, and that has no secret to lose: a dump may be made to do harm. */
async function startScratch(
  dump: ServerDump,
  { point, network }: { point: string; network: string },
  context: Context,
): Promise<Server> {
  const { app, clock, engine, instance, signal } = context
  const image = await serverImage(dump, context)
  const { variables, argv, forgetful, data } = databaseKinds[dump.kind].scratch(dump, image)
  const volume = scratchVolume(app.name, point, dump.service)
  await makeVolume(volume, context)
  const name = scratchContainer(app.name, point, dump.service)
  const isMeasured = network !== 'none'
  const aliases = isMeasured ? await namesOf(dump, context) : []
  await engine.run([
    '--detach',
    '--name',
    name,
    ...ownLabels({ instance, app: app.name }),
    ...lowPriority,
    '--network',
    network,
    ...aliases.flatMap((alias) => ['--network-alias', alias]),
    ...mountArguments({ source: volume, target: data, writes: true }),
    ...Object.entries(variables).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    '--pull',
    'never',
    image.id,
    ...argv,
    ...(isMeasured ? [] : forgetful),
  ])
  const server = openServer({ id: name, image: image.id, service: dump.service }, point, context)
  const limit = { timeoutMs: startWithin, everyMs: 250, clock, signal }
  const outcome = await within(limit, async () => {
    if (await databaseKinds[dump.kind].isReady(server, dump)) return 'ready'
    const tools = await engine.containers({ app: app.name, role: toolRole })
    return tools.some((each) => each.name === name && each.running) ? undefined : 'ended'
  })
  if (outcome === 'ready') return server
  const log = await engine.logs(name, 50)
  if (tellsOfFullDisk(log)) throw diskFull(`An empty ${dump.service} for the drill`, log)
  // That says nothing of the restore point.
  throw new MuelleError('RESTORE_FAILED', `An empty ${dump.service} for the drill did not start.`, {
    hint: 'The restore point is kept; try it again:  muelle backup drill',
    log: log.slice(-15),
  })
}

/** By which the app calls it. */
async function namesOf({ service }: ServerDump, context: Context): Promise<string[]> {
  const { app } = context
  const outside = outsideOf(app, service)
  if (outside !== undefined) return copyNames(service, (await locate(service, outside, context)).address)
  const found = app.services.find(({ name }) => name === service)
  return found === undefined ? [service] : ownNames(found)
}
