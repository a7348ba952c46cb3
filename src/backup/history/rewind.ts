import type { Context, Operation } from '../../deploy/operation.ts'
import type { StepOf } from '../../deploy/step.ts'
import { within } from '../../deploy/wait.ts'
import type { ImageConfig } from '../../engine/port.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { databaseKinds } from '../databases/all.ts'
import type { Server } from '../databases/kind.ts'
import { dataFolder } from '../databases/postgres.ts'
import { connect, maintenance, userOf } from '../databases/postgres-client.ts'
import type { ServerDump } from '../manifest.ts'
import { dataTimeoutMs, describe } from '../operations/dump.ts'
import { repositoryOf } from '../operations/keep.ts'
import { openServer, stagingVolume } from '../server.ts'
import { clearUp, makeVolume, scratchVolume, serverImage } from '../staging.ts'
import { mountArguments, ownLabels, toolArguments, toolRole } from '../tool.ts'
import { listBases, listTablespaces } from './base.ts'
import {
  accessFile,
  type Base,
  baseFolder,
  chooseBase,
  historyVolume,
  recordedServices,
  replayArguments,
  root,
  slot,
  standbyFile,
} from './layout.ts'
import { ensureReceiver, type Recorded } from './receiver.ts'
import { tablespaceFolder } from './tablespaces.ts'

/** Milliseconds. */
const startWithin = 120_000
/** Milliseconds that a server needs at most to receive what was just written. */
const receivedWithin = 30_000
/** Milliseconds without a byte of log replayed, after which there is no more of it. */
const replayIsOverAfter = 5000

export const rewind: Operation<StepOf<'rewind'>> = {
  timeoutMs: dataTimeoutMs,
  run: async ({ point, moment }, context) => {
    const { app, store } = context
    await clearUp(point, context)
    store.beginBackup(app.name, point, new Date().toISOString())
    await makeVolume(stagingVolume(app.name, point), context)
    const servers: ServerDump[] = []
    for (const service of recordedServices(app))
      servers.push(await dumpAsOf(service, { point, moment: new Date(moment) }, context))
    await describe(point, { servers, media: [], without: [] }, context)
  },
  undo: async ({ point }, context) => {
    await clearUp(point, context)
    context.store.forgetBackup(context.app.name, point)
  },
}

interface Target {
  point: string
  moment: Date
}

/** What the databases of one server were, as a dump like any other. */
async function dumpAsOf(service: string, target: Target, context: Context): Promise<ServerDump> {
  const { engine, note } = context
  const own = await markNow(service, context)
  const image = await serverImage({ service, image: undefined }, context)
  const given = {
    ...{ service, image, container: own?.server.container ?? service },
    ...(await namesOf(service, own, context)),
  }
  const base = await findBase(given, target.moment, context)
  const data = await layOut(given, { ...target, base }, context)
  const replay = await startReplay(given, { ...target, base, data }, context)
  const reached = await awaitMoment(replay, target.moment, context)
  // What another cluster wrote before it was lost ends somewhere, and that is all of it.
  if (!reached.isThere && own?.system === base.system) throw gap(service, reached.until)
  if (!reached.isThere)
    note(`The history of ${service} ends with the last commit that was received: ${reached.until}`)
  const dump = await databaseKinds.postgres.dump(replay, service, context)
  await engine.removeContainer(replay.container)
  return { ...dump, image: context.app.file.services[service]?.image ?? dump.image }
}

/** Where the server runs, its log goes past now, and all of it up to here has been received. */
async function markNow(service: string, context: Context): Promise<Recorded | undefined> {
  const { app, engine, clock, signal } = context
  const found = await engine.containers({ app: app.name, service, role: 'backing' })
  if (!found.some(({ running }) => running)) return undefined
  const recorded = await ensureReceiver(service, context)
  const { client } = recorded
  await client.query(maintenance, ['SELECT pg_current_xact_id()'])
  const received = `SELECT restart_lsn >= pg_current_wal_flush_lsn() FROM pg_replication_slots WHERE slot_name = '${slot}'`
  const limit = { timeoutMs: receivedWithin, everyMs: 200, clock, signal }
  const isReceived = await within(limit, async () => {
    return (await client.query(maintenance, [received])).trim() === 't' || undefined
  })
  if (isReceived === true) return recorded
  throw new MuelleError('RESTORE_FAILED', `The log of ${service} is not received as fast as it is written.`, {
    hint: 'Nothing was changed. Run the same command again when there is less to write.',
  })
}

interface Given {
  service: string
  /** Names it in what is said; reached only where the server runs. */
  container: string
  image: ImageConfig
  /** Its first user and its main database. */
  user: string
  main: string
}

/** Of the server, which may have them from files, or else of the Compose file. */
async function namesOf(
  service: string,
  own: Recorded | undefined,
  { app }: Context,
): Promise<Pick<Given, 'user' | 'main'>> {
  const environment = app.file.services[service]?.environment ?? {}
  const read = async (name: string): Promise<string | undefined> =>
    (await own?.server.variable(name)) ?? environment[name] ?? undefined
  const user = (await read('POSTGRES_USER')) ?? 'postgres'
  return { user, main: (await read('POSTGRES_DB')) ?? user }
}

async function findBase(given: Given, moment: Date, context: Context): Promise<Base> {
  const { app } = context
  const volume = historyVolume(app.name, given.service)
  await makeVolume(volume, context)
  let bases = await listBases({ ...given, image: given.image.id }, context)
  if (bases.length === 0) {
    const repository = await repositoryOf(context)
    await repository.restoreHistory({ service: given.service, volume }, context)
    bases = await listBases({ ...given, image: given.image.id }, context)
  }
  const base = chooseBase(bases, moment)
  if (base !== undefined) return base
  const [oldest] = bases
  const since =
    oldest === undefined ? 'It has none yet' : `It begins ${new Date(oldest.from * 1000).toISOString()}`
  throw new MuelleError(
    'BACKUP_UNKNOWN',
    `The history of ${given.service} does not reach back so far. ${since}.`,
    {
      hint: `Restore points may:  muelle backup ls --app ${app.name}`,
    },
  )
}

/** A copy of the base is what the replay changes. @returns its data folder */
async function layOut(
  given: Given,
  { point, base }: Target & { base: Base },
  context: Context,
): Promise<string> {
  const { app, engine } = context
  const data = dataFolder(given.image)
  const volume = scratchVolume(app.name, point, given.service)
  await makeVolume(volume, context)
  const inScratch = async (program: string, argv: readonly string[], input?: string): Promise<void> => {
    const args = toolArguments({
      instance: context.instance,
      app: app.name,
      image: given.image.id,
      program,
      argv,
      network: 'none',
      mounts: [
        { source: historyVolume(app.name, given.service), target: root },
        { source: volume, target: data, writes: true },
      ],
      reads: input !== undefined,
    })
    const { signal } = context
    const { exitCode, lines } = await engine.tool(args, { signal, ...(input === undefined ? {} : { input }) })
    if (exitCode !== 0) throw replayFailed(given.service, lines)
  }
  await inScratch('cp', ['-a', `${baseFolder(base)}/.`, data])
  const tablespaces = tablespaceFolder(baseFolder(base))
  for (const oid of await listTablespaces({ ...given, image: given.image.id }, base, context)) {
    await inScratch('cp', ['-a', `${tablespaces}/${oid}`, `${data}/pg_tblspc/muelle-${oid}`])
    await inScratch('ln', ['-sfn', `muelle-${oid}`, `${data}/pg_tblspc/${oid}`])
  }
  await inScratch('tee', [`${data}/${standbyFile}`], '')
  await inScratch('tee', [`${data}/${accessFile.name}`], accessFile.text)
  return data
}

async function startReplay(
  given: Given,
  { point, moment, base, data }: Target & { base: Base; data: string },
  context: Context,
): Promise<Server> {
  const { app, clock, engine, instance, signal } = context
  const { service, user, main } = given
  const image = given.image.id
  const volume = scratchVolume(app.name, point, service)
  const name = `${volume}-replay`
  // What the file has it start with, such as libraries to be loaded, is needed for the data as well.
  const command = app.file.services[service]?.command
  await engine.run([
    ...['--detach', '--name', name, '--network', 'none'],
    ...ownLabels({ instance, app: app.name }),
    ...mountArguments({ source: historyVolume(app.name, service), target: root }),
    ...mountArguments({ source: volume, target: data, writes: true }),
    ...['--env', `POSTGRES_USER=${user}`, '--env', `POSTGRES_DB=${main}`],
    ...['--pull', 'never', image],
    ...(Array.isArray(command) ? command : []),
    ...replayArguments(base, moment, data),
  ])
  const server = openServer({ id: name, image, service }, point, context)
  const client = connect(server, user)
  const limit = { timeoutMs: startWithin, everyMs: 250, clock, signal }
  const outcome = await within(limit, async () => {
    const answers = await client.query(maintenance, ['SELECT 1']).then(
      () => true,
      () => false,
    )
    const tools = await engine.containers({ app: app.name, role: toolRole })
    const hasEnded = !tools.some((each) => each.name === name && each.running)
    return answers ? 'answers' : hasEnded ? 'ended' : undefined
  })
  if (outcome === 'answers') return server
  throw replayFailed(service, await engine.logs(name, 15))
}

/** Either it stands at the moment, or there is no more log. */
async function awaitMoment(
  replay: Server,
  moment: Date,
  { clock, signal }: Context,
): Promise<{ isThere: boolean; until: string }> {
  const client = connect(replay, await userOf(replay))
  const question = `SELECT pg_get_wal_replay_pause_state(), pg_last_wal_replay_lsn(), coalesce(pg_last_xact_replay_timestamp()::text, '')`
  let seen = { lsn: '', at: clock.now() }
  for (;;) {
    const [state = '', lsn = '', until = ''] = (await client.query(maintenance, [question])).trim().split('|')
    if (state === 'paused') return { isThere: true, until: until || moment.toISOString() }
    if (lsn !== seen.lsn) seen = { lsn, at: clock.now() }
    if (clock.now() - seen.at > replayIsOverAfter) return { isThere: false, until }
    await clock.sleep(200, signal)
  }
}

function replayFailed(service: string, log: readonly string[]): MuelleError {
  return new MuelleError('RESTORE_FAILED', `The history of ${service} cannot be replayed.`, {
    hint: 'Nothing was changed. Restore a restore point instead:  muelle backup restore',
    log,
  })
}

function gap(service: string, until: string): MuelleError {
  return new MuelleError(
    'RESTORE_FAILED',
    `The history of ${service} has a gap after ${until || 'its base'}.`,
    {
      hint: 'Nothing was changed. Restore an earlier moment, or a restore point:  muelle backup restore',
    },
  )
}
