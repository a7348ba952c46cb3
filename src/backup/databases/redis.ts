import { setTimeout as sleep } from 'node:timers/promises'
import { recode } from '../../errors/muelle-error.ts'
import { compareDatabases, type RedisDump, type Swap } from '../manifest.ts'
import { inside } from '../restic.ts'
import { databaseLost, programFailed } from './failures.ts'
import type { DatabaseKind, Server, ServerOptions } from './kind.ts'
import { readChecked, readInfo, withoutExpiry } from './redis-text.ts'

/** Where the image keeps its data; the volume there outlives a restore. */
const data = '/data'

/** Nobody but the second server listens there. */
const besidePort = '6390'

/** Milliseconds. */
const patience = 600_000

export const redis: DatabaseKind<RedisDump> = {
  version: versionOf,
  size: async (server) => Number((await info(server))['used_memory'] ?? 0),

  // The client asks as a replica would: the server forks, and sends the moment at which it did.
  dump: async (server, prefix) => {
    const folder = `${prefix}.rdb`
    await ask(server, ['--rdb', `${inside.dump}/${folder}`], { isInServer: false })
    const tables = readChecked(await server.run('redis-check-rdb', [`${inside.dump}/${folder}`]))
    const { service, image } = server
    const version = await versionOf(server)
    const database = { name: service, folder, extensions: {}, migrations: {}, tables }
    return { service, image, kind: 'redis', version, databases: [database] }
  },

  scratch: () => ({ variables: {}, argv: [], forgetful: [], data }),
  inScratch: (name) => name,
  isReady: (server) =>
    ask(server, ['PING']).then(
      () => true,
      () => false,
    ),

  load: async (server, dump, { rename }) => {
    for (const { name, folder, ...was } of dump.databases) {
      const file = `${rename(name)}.rdb`
      if (file !== folder) await server.run('cp', [`${inside.dump}/${folder}`, `${inside.dump}/${file}`])
      const tables = await beside(server, file, async () =>
        withoutExpiry(await info(server, besidePort)),
      ).catch(recode('BACKUP_FAILED', (cause) => databaseLost(name, [cause.message], cause)))
      const differences = compareDatabases(was, { ...was, tables })
      if (differences.length > 0) throw databaseLost(name, differences)
    }
  },

  // A server that has read the file has compared its checksum.
  examine: async () => undefined,

  list: async (server) => {
    const names = (await server.run('ls', ['-1', data], { isInServer: true })).split('\n')
    return names.flatMap((name) => (name.endsWith('.rdb') ? [name.slice(0, -'.rdb'.length)] : []))
  },

  swap: async (server, swaps) => {
    for (const swap of swaps) await swapOne(server, swap)
  },

  drop: async (server, names) => {
    await server.run('rm', ['-f', ...names.map((name) => `${data}/${name}.rdb`)], { isInServer: true })
  },
}

async function versionOf(server: Server): Promise<string> {
  return (await info(server))['redis_version'] ?? 'unknown'
}

/** What is there is kept twice: beside the dumps for a way back, and with the data until somebody is sure. */
async function swapOne(server: Server, { beside: from, before }: Swap): Promise<void> {
  const there = new Set((await server.run('ls', ['-1', inside.dump])).split('\n'))
  if (!there.has(`${from}.rdb`)) return
  if (!there.has(`${before}.rdb`)) {
    await ask(server, ['--rdb', `${data}/${before}.rdb`])
    await ask(server, ['--rdb', `${inside.dump}/part.rdb`], { isInServer: false })
    await server.run('mv', [`${inside.dump}/part.rdb`, `${inside.dump}/${before}.rdb`])
  }
  await beside(server, `${from}.rdb`, () => follow(server))
  await server.run('rm', ['-f', `${inside.dump}/${from}.rdb`])
  await redis.drop(server, [from])
}

/**
 * Runs a second server on a file, in the network of the first, while `work` goes on. That is how a restore gets around the
 * append-only file, which wins over any other when a server starts: the first one becomes a replica of the second.
 */
async function beside<T>(server: Server, file: string, work: () => Promise<T>): Promise<T> {
  const memory = ['--save', '', '--appendonly', 'no', '--repl-diskless-sync-delay', '0']
  const where = ['--port', besidePort, '--bind', '127.0.0.1', '--dir', inside.dump, '--dbfilename', file]
  let ended = false
  const running = server.run('redis-server', [...where, ...memory]).finally(() => {
    ended = true
  })
  running.catch(() => undefined)
  try {
    // It answers once it has read the file.
    await until(server, async () => {
      if (ended) await running
      return ask(server, ['PING'], {}, besidePort).then(
        () => true,
        () => false,
      )
    })
    return await work()
  } finally {
    await ask(server, ['SHUTDOWN', 'NOSAVE'], {}, besidePort).catch(() => undefined)
    await running.catch(() => undefined)
  }
}

/** Takes over all that the second server has, in memory and in every file that the first one writes. */
async function follow(server: Server): Promise<void> {
  try {
    await ask(server, ['REPLICAOF', '127.0.0.1', besidePort])
    await until(server, async () => (await info(server))['master_link_status'] === 'up')
  } finally {
    await ask(server, ['REPLICAOF', 'NO', 'ONE'])
  }
  await until(server, async () => {
    const { aof_rewrite_in_progress: rewriting, aof_rewrite_scheduled: scheduled } = await info(server)
    return rewriting !== '1' && scheduled !== '1'
  })
  if ((await info(server))['aof_last_bgrewrite_status'] === 'err')
    throw programFailed(server.service, 'The append-only file could not be written anew', [])
  await ask(server, ['SAVE'])
}

async function until(server: Server, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + patience; Date.now() < end; ) {
    if (await isSo()) return
    await sleep(100)
  }
  throw programFailed(server.service, 'The second server did not come', [])
}

async function info(server: Server, port?: string): Promise<Readonly<Record<string, string>>> {
  return readInfo(await ask(server, ['INFO', 'everything'], {}, port))
}

async function ask(
  server: Server,
  argv: readonly string[],
  options: ServerOptions = {},
  port = '6379',
): Promise<string> {
  // The second one lets everybody of its network in.
  const password = port === besidePort ? undefined : await passwordOf(server)
  const env = password === undefined ? {} : { REDISCLI_AUTH: password }
  const how = ['-h', '127.0.0.1', '-p', port, '-e', '--no-auth-warning']
  return server.run('redis-cli', [...how, ...argv], { isInServer: true, ...options, env })
}

async function passwordOf(server: Server): Promise<string | undefined> {
  return (await server.variable('REDISCLI_AUTH')) ?? (await server.variable('REDIS_PASSWORD'))
}
