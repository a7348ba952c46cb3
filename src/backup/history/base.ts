import type { Context, Operation } from '../../deploy/operation.ts'
import type { StepOf } from '../../deploy/step.ts'
import { backupSettings } from '../contents.ts'
import { maintenance, userOf } from '../databases/postgres-client.ts'
import { dataTimeoutMs } from '../operations/dump.ts'
import {
  type Base,
  baseFolder,
  clusterFolder,
  copyArguments,
  firstLogFile,
  needsBase,
  outdatedBases,
  readBases,
  recordedServices,
  root,
} from './layout.ts'
import { endReceiver, ensureReceiver, type InHistory, inHistory, type Recorded } from './receiver.ts'
import { ship } from './ship.ts'
import {
  findArguments,
  readNumbers,
  readTablespaces,
  tablespaceFolder,
  tablespacesQuery,
} from './tablespaces.ts'

export const base: Operation<StepOf<'base'>> = {
  timeoutMs: dataTimeoutMs,
  run: async (_, context) => {
    const { app } = context
    const days = backupSettings(app).point_in_time
    for (const service of recordedServices(app)) {
      if (days === undefined) await endReceiver(service, context)
      else await renew(await ensureReceiver(service, context), days, context)
    }
    if (days !== undefined) await ship(context)
  },
}

async function renew(recorded: Recorded, days: number, context: Context): Promise<void> {
  const { server, system } = recorded
  const now = new Date()
  const bases = await listBases(server, context)
  const isNeeded =
    needsBase(bases, { system, days, now }) || (await hasNewTablespace(recorded, bases, context))
  if (isNeeded) bases.push(await copy(recorded, context))
  await forget(recorded, outdatedBases(bases, { days, now }), context)
}

/** The log tells that it was made, and a replay of that needs its folder at its place. */
async function hasNewTablespace(
  { server, client, system }: Recorded,
  bases: readonly Base[],
  context: Context,
): Promise<boolean> {
  const newest = bases.findLast((base) => base.system === system)
  const there = readTablespaces(await client.query(maintenance, [tablespacesQuery]))
  if (newest === undefined || there.length === 0) return false
  const known = await listTablespaces(server, newest, context)
  return there.some(({ oid }) => !known.includes(oid))
}

/** Numbers of the tablespaces that a base has. */
export async function listTablespaces(server: InHistory, base: Base, context: Context): Promise<string[]> {
  const argv = [root, ...findArguments(baseFolder(base))]
  return readNumbers(await inHistory(server, { program: 'find', argv }, context))
}

export async function listBases(server: InHistory, context: Context): Promise<Base[]> {
  const argv = [root, '-mindepth', '3', '-maxdepth', '3', '-path', '*/bases/*']
  return readBases((await inHistory(server, { program: 'find', argv }, context)).split('\n'))
}

/** Until it is complete and was checked, it has another name. */
async function copy({ server, client, system }: Recorded, context: Context): Promise<Base> {
  const unfinished = `${clusterFolder(system).bases}/unfinished`
  const postgres = { user: 'postgres' } as const
  const both = [unfinished, tablespaceFolder(unfinished)]
  await inHistory(server, { program: 'rm', argv: ['-rf', ...both], ...postgres }, context)
  const tablespaces = readTablespaces(await client.query(maintenance, [tablespacesQuery]))
  const password = await server.variable('POSTGRES_PASSWORD')
  const login = ['--host=127.0.0.1', `--username=${await userOf(server)}`, '--no-password']
  await inHistory(
    server,
    {
      program: 'pg_basebackup',
      argv: [...copyArguments(unfinished, tablespaces), ...login],
      reachesServer: true,
      env: password === undefined ? {} : { PGPASSWORD: password },
      ...postgres,
    },
    context,
  )
  await inHistory(
    server,
    { program: 'pg_verifybackup', argv: ['--no-parse-wal', unfinished], ...postgres },
    context,
  )
  const from = Number(await client.query(maintenance, ['SELECT ceil(extract(epoch FROM clock_timestamp()))']))
  const made = { system, from }
  const moves = [[unfinished, baseFolder(made)]]
  if (tablespaces.length > 0) moves.unshift(moves.flat().map(tablespaceFolder))
  for (const argv of moves) await inHistory(server, { program: 'mv', argv, ...postgres }, context)
  return made
}

/** With the log that only they need. */
async function forget(
  { server, system }: Recorded,
  outdated: readonly Base[],
  context: Context,
): Promise<void> {
  if (outdated.length === 0) return
  const gone = outdated.map(baseFolder).flatMap((folder) => [folder, tablespaceFolder(folder)])
  await inHistory(server, { program: 'rm', argv: ['-rf', ...gone] }, context)
  const [oldest] = (await listBases(server, context)).filter((each) => each.system === system)
  if (oldest === undefined) return
  const label = await inHistory(
    server,
    { program: 'cat', argv: [`${baseFolder(oldest)}/backup_label`] },
    context,
  )
  const first = firstLogFile(label)
  if (first === undefined) return
  await inHistory(server, { program: 'pg_archivecleanup', argv: [clusterFolder(system).log, first] }, context)
}
