import type { Context } from '../../deploy/operation.ts'
import { within } from '../../deploy/wait.ts'
import type { Container } from '../../engine/port.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { labels } from '../../release/names.ts'
import type { Server } from '../databases/kind.ts'
import { type Client, connect, maintenance, userOf } from '../databases/postgres-client.ts'
import { ownServer } from '../server.ts'
import { makeVolume } from '../staging.ts'
import { mountArguments, ownLabels, toolArguments } from '../tool.ts'
import {
  clusterFolder,
  historyRole,
  historyVolume,
  receiverArguments,
  root,
  slot,
  slotLimit,
} from './layout.ts'

/** A PostgreSQL server of the app whose log is being received. */
export interface Recorded {
  server: Server
  client: Client
  /** The identifier of its database cluster. */
  system: string
}

/** Milliseconds. */
const connectsWithin = 15_000

/**
 * Makes sure that the log of a server is received, as it comes, into the volume of its history.
 * @throws MuelleError BACKUP_FAILED when it does not run, or its settings do not allow it
 */
export async function ensureReceiver(service: string, context: Context): Promise<Recorded> {
  const server = await ownServer(service, undefined, context)
  const user = await userOf(server)
  const client = connect(server, user)
  const query = async (text: string): Promise<string> => (await client.query(maintenance, [text])).trim()
  const system = await query('SELECT system_identifier FROM pg_control_system()')
  const recorded = { server, client, system }
  if (await isReceiving(service, recorded, context)) return recorded
  await removeReceivers(service, context)
  await haveSlot(client)
  await haveFolders(recorded, context)
  await startReceiver(recorded, user, context)
  const limit = { timeoutMs: connectsWithin, everyMs: 250, clock: context.clock, signal: context.signal }
  const isActive = async (): Promise<true | undefined> =>
    (await query(`SELECT active FROM pg_replication_slots WHERE slot_name = '${slot}'`)) === 't' || undefined
  if ((await within(limit, isActive)) === true) return recorded
  throw notReceived(service, await logOf(service, context))
}

/** Neither receives nor keeps log for the receiver any more. What was received stays. */
export async function endReceiver(service: string, context: Context): Promise<void> {
  if ((await receivers(service, context)).length === 0) return
  await removeReceivers(service, context)
  const server = await ownServer(service, undefined, context)
  await dropSlot(connect(server, await userOf(server)), 'true')
}

/** Each of them belongs to one container of one cluster, whose network it lives in. */
async function isReceiving(
  service: string,
  { server, client, system }: Recorded,
  context: Context,
): Promise<boolean> {
  const found = await receivers(service, context)
  const definition = definitionOf(server, system)
  if (!found.some((each) => each.running && each.definition === definition)) return false
  const states = await client.query(maintenance, [
    `SELECT active FROM pg_replication_slots WHERE slot_name = '${slot}' AND wal_status <> 'lost'`,
  ])
  return states.trim() === 't'
}

function definitionOf({ container }: Server, system: string): string {
  return `${container}/${system}`
}

function receivers(service: string, { app, engine }: Context): Promise<Container[]> {
  return engine.containers({ app: app.name, service, role: historyRole })
}

async function removeReceivers(service: string, context: Context): Promise<void> {
  for (const { id } of await receivers(service, context)) await context.engine.removeContainer(id)
}

async function logOf(service: string, context: Context): Promise<string[]> {
  const [receiver] = await receivers(service, context)
  return receiver === undefined ? [] : context.engine.logs(receiver.id, 10)
}

/** One that has lost log is of no use: the history begins anew, with the next base. */
async function haveSlot(client: Client): Promise<void> {
  await dropSlot(client, "wal_status = 'lost'")
  await client.query(maintenance, [
    `SELECT pg_create_physical_replication_slot('${slot}', true)
      WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '${slot}')`,
  ])
  const limit = await client.query(maintenance, ['SHOW max_slot_wal_keep_size'])
  if (limit.trim() !== '-1') return
  await client.query(maintenance, [
    `ALTER SYSTEM SET max_slot_wal_keep_size = '${slotLimit}'`,
    'SELECT pg_reload_conf()',
  ])
}

async function dropSlot(client: Client, condition: string): Promise<void> {
  const pids = `SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots
    WHERE slot_name = '${slot}' AND active_pid IS NOT NULL AND ${condition}`
  const drop = `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '${slot}' AND ${condition}`
  await client.query(maintenance, [pids, drop])
}

async function haveFolders({ server, system }: Recorded, context: Context): Promise<void> {
  await makeVolume(historyVolume(context.app.name, server.service), context)
  const { log, bases } = clusterFolder(system)
  await inHistory(server, { program: 'mkdir', argv: ['-p', log, bases] }, context)
  await inHistory(server, { program: 'chown', argv: ['-R', 'postgres:postgres', root] }, context)
}

async function startReceiver({ server, system }: Recorded, user: string, context: Context): Promise<void> {
  const { app, engine, instance } = context
  const { service, container, image } = server
  const password = await server.variable('POSTGRES_PASSWORD')
  const { exitCode, lines } = await engine.tool(
    [
      ...['run', '--detach'],
      ...['--name', `${historyVolume(app.name, service)}-receiver`],
      ...ownLabels({ instance, app: app.name }, historyRole),
      ...['--label', `${labels.service}=${service}`],
      ...['--label', `${labels.definition}=${definitionOf(server, system)}`],
      ...['--restart', 'always', '--user', 'postgres', '--network', `container:${container}`],
      ...mountArguments({ source: historyVolume(app.name, service), target: root, writes: true }),
      ...(password === undefined ? [] : ['--env', 'PGPASSWORD']),
      ...['--pull', 'never', '--entrypoint', 'pg_receivewal', image],
      ...receiverArguments(system),
      ...['--host=127.0.0.1', `--username=${user}`, '--no-password'],
    ],
    password === undefined ? {} : { env: { PGPASSWORD: password } },
  )
  if (exitCode !== 0) throw notReceived(service, lines)
}

export type InHistory = Pick<Server, 'service' | 'container' | 'image'>

/** A program of the server's image on the volume of its history, without network unless `reachesServer`. */
export async function inHistory(
  { service, container, image }: InHistory,
  command: {
    program: string
    argv: readonly string[]
    user?: string
    env?: Record<string, string>
    reachesServer?: boolean
  },
  context: Context,
): Promise<string> {
  const { app, engine, instance, signal, onLine } = context
  const { program, argv, user, env = {}, reachesServer = false } = command
  const args = toolArguments({
    instance,
    app: app.name,
    image,
    program,
    argv,
    network: reachesServer ? `container:${container}` : 'none',
    mounts: [{ source: historyVolume(app.name, service), target: root, writes: true }],
    secrets: Object.keys(env),
    ...(user === undefined ? {} : { user }),
  })
  const { exitCode, stdout, lines } = await engine.tool(args, { signal, onLine, env })
  if (exitCode === 0) return stdout
  throw new MuelleError('BACKUP_FAILED', `${program} failed in the history of ${service}.`, {
    hint: 'The lines above say why. Mend the cause and run the same command again.',
    log: lines.slice(-15),
  })
}

function notReceived(service: string, log: readonly string[]): MuelleError {
  return new MuelleError('BACKUP_FAILED', `The log of ${service} is not received.`, {
    hint: 'It needs wal_level = replica and a free max_wal_senders. The lines above say more. Mend it, then:  muelle backup',
    log,
  })
}
