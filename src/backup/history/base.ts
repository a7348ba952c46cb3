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
  if (needsBase(bases, { system, days, now })) bases.push(await copy(recorded, context))
  await forget(recorded, outdatedBases(bases, { days, now }), context)
}

export async function listBases(server: InHistory, context: Context): Promise<Base[]> {
  const argv = [root, '-mindepth', '3', '-maxdepth', '3', '-path', '*/bases/*']
  return readBases((await inHistory(server, { program: 'find', argv }, context)).split('\n'))
}

/** Until it is complete and was checked, it has another name. */
async function copy({ server, client, system }: Recorded, context: Context): Promise<Base> {
  const unfinished = `${clusterFolder(system).bases}/unfinished`
  const postgres = { user: 'postgres' } as const
  await inHistory(server, { program: 'rm', argv: ['-rf', unfinished], ...postgres }, context)
  const password = await server.variable('POSTGRES_PASSWORD')
  const login = ['--host=127.0.0.1', `--username=${await userOf(server)}`, '--no-password']
  await inHistory(
    server,
    {
      program: 'pg_basebackup',
      argv: [...copyArguments(unfinished), ...login],
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
  await inHistory(server, { program: 'mv', argv: [unfinished, baseFolder(made)], ...postgres }, context)
  return made
}

/** With the log that only they need. */
async function forget(
  { server, system }: Recorded,
  outdated: readonly Base[],
  context: Context,
): Promise<void> {
  if (outdated.length === 0) return
  await inHistory(server, { program: 'rm', argv: ['-rf', ...outdated.map(baseFolder)] }, context)
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
