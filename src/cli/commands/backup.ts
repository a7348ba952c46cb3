import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { BackupRecord } from '../../store/backups.ts'
import { readFrom } from '../backup/from.ts'
import { sshKey, trust } from '../backup/ssh.ts'
import type { Verb } from '../backup/verb.ts'
import { type CliServices, type Command, type Input, type Io, text } from '../command.ts'
import { findApp } from '../find-app.ts'
import { seconds, table } from '../render/format.ts'

export const backup: Command = {
  name: 'backup',
  summary: 'Back up databases and files of an app, prove it by restoring, and restore',
  details: [
    'create makes a restore point and proves it; ls lists them; drill proves one again; check reads every byte of the repository; restore puts one in place; confirm removes the databases that a restore has put aside; archive puts the history up to now into the repository; key prints the key without which nothing can be read; fetch takes project, secrets and key from a repository onto an empty machine',
    'ssh-key prints the key by which an SFTP server lets this machine in; trust makes the key of that server known, once you have compared it',
  ],
  arguments: [
    {
      name: '[verb]',
      description:
        'create, ls, drill, check, restore, confirm, archive, key, fetch, ssh-key or trust (default: create)',
    },
    { name: '[point]', description: 'a restore point (default: the newest; restore: the newest proven)' },
  ],
  options: [
    { flags: '--only <part>', description: 'restore: db, media or redis' },
    {
      flags: '--at <time>',
      description: 'restore: the databases as they were then, such as 2026-11-24T20:15:00Z',
    },
    {
      flags: '--from <repository>',
      description: 'fetch, restore, trust: another repository than that of the app',
    },
    { flags: '--key-file <file>', description: 'its key (default: that of this installation)' },
    {
      flags: '--fingerprint <value>',
      description: 'trust: what the server has to show, without being asked',
    },
    { flags: '--confirm <app>', description: "restore: the app's name, to confirm without a terminal" },
  ],
  isAboutApp: true,
  returnsData: true,
  examples: [
    'muelle backup',
    'muelle backup ls --app shop',
    'muelle backup check',
    'muelle backup restore --confirm shop',
    'muelle backup restore 20261124-030000 --only db --confirm shop',
    'muelle backup key',
    'muelle backup fetch --from /mnt/backups --key-file key.txt',
    'muelle backup trust --from sftp:ada@backups.example.com:/srv/shop',
  ],
  run: async (input, io) => {
    const [verb = 'create', point] = input.args
    const run = verbs[verb]
    if (run === undefined) {
      throw new MuelleError('USAGE', `${verb} is none of ${Object.keys(verbs).join(', ')}.`, {
        hint: 'Say:  muelle backup ls',
      })
    }
    const services = await io.services()
    return run({ input, point, io }, services)
  },
}

const create: Verb = async ({ input, io }, services) => {
  const name = findApp(input, io, { store: services.store })
  const { createBackup } = await import('../../backup/backup.ts')
  const { contents, ...made } = await telling(name, services, () => createBackup(name, services, io))
  const data = { ...describe(made), without: contents.without.map(({ service }) => service) }
  return {
    data,
    text: `Restore point ${made.point} of ${name} is proven: it was restored in ${seconds(made.restoreMs ?? 0)}, and is what was there.`,
  }
}

const ls: Verb = async ({ input, io }, services) => {
  const name = findApp(input, io, { store: services.store })
  const rows = services.store.backups(name).map(describe)
  const kept = services.store.keptDatabases(name)
  const [{ readLiveModel }, { describeLoss, readLosses }] = await Promise.all([
    import('../../deploy/with-app.ts'),
    import('../../backup/history/loss.ts'),
  ])
  const lines = rows.map((row) => [
    row.point,
    row.state,
    age(row.beganAt),
    megabytes(row.sizeBytes),
    row.durationMs === null ? '-' : seconds(row.durationMs),
    row.restoreMs === null ? '-' : seconds(row.restoreMs),
    row.provenAt === null ? '-' : age(row.provenAt),
    row.reason ?? '',
  ])
  const head = ['POINT', 'STATE', 'AGE', 'SIZE', 'TOOK', 'TO RESTORE', 'PROVEN', '']
  const list = rows.length === 0 ? `${name} has no restore point.` : table([head, ...lines])
  const aside = kept.map(({ name: database, service }) => `${database} in ${service} is kept from a restore.`)
  const model = await readLiveModel(name, services).catch(() => undefined)
  const losses = model === undefined ? [] : readLosses(model, services.store, new Date())
  const histories = losses.map((loss) => `History: ${describeLoss(loss)}`)
  return { data: rows, text: [list, ...aside, ...histories].join('\n') }
}

const drilled: Verb = async ({ input, io, point }, services) => {
  const name = findApp(input, io, { store: services.store })
  const { drill } = await import('../../backup/backup.ts')
  const proven = await telling(name, services, () => drill({ name, point }, services, io))
  return {
    data: describe(proven),
    text: `Restore point ${proven.point} of ${name} is proven: it was restored in ${seconds(proven.restoreMs ?? 0)}.`,
  }
}

const checked: Verb = async ({ input, io }, services) => {
  const name = findApp(input, io, { store: services.store })
  const { checkBackups } = await import('../../backup/backup.ts')
  const proven = await telling(name, services, () => checkBackups(name, services, io))
  return {
    data: { app: name, proven: proven.map(({ point }) => point) },
    text: `Every byte of the repository of ${name} is what was written. Proven restore points in it: ${proven.length}`,
  }
}

/** Backups run at night. */
async function telling<T>(name: string, services: CliServices, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const [{ tellBackupFailure }, { readLiveModel }] = await Promise.all([
      import('../../backup/tell.ts'),
      import('../../deploy/with-app.ts'),
    ])
    const record = services.store.apps().find((app) => app.name === name)
    const model = await readLiveModel(name, services).catch(() => undefined)
    if (record !== undefined && model !== undefined)
      await tellBackupFailure(error, { ...record, settings: model.settings }, services.notifier)
    throw error
  }
}

const restore: Verb = async ({ input, io, point }, services) => {
  const name = findApp(input, io, { store: services.store })
  const only = readOnly(input)
  const moment = readMoment(input)
  await confirm(name, input, io)
  const { restoreBackup } = await import('../../backup/restore.ts')
  const restored = await restoreBackup(
    { name, point, only, moment, from: readFrom(input, io, services) },
    services,
    io,
  )
  const kept = restored.kept.map(({ name: database, service }) => `${database} (${service})`)
  const aside =
    kept.length === 0
      ? ''
      : `\nWhat served before is kept as ${kept.join(', ')}. Remove it once all is well:  muelle backup confirm --app ${name}`
  return { data: restored, text: `${name} serves restore point ${restored.point}.${aside}` }
}

const confirmed: Verb = async ({ input, io }, services) => {
  const name = findApp(input, io, { store: services.store })
  const { confirmRestore } = await import('../../backup/restore.ts')
  const removed = await confirmRestore(name, services, io)
  const names = removed.map((kept) => kept.name).join(', ')
  return {
    data: { app: name, removed },
    text: removed.length === 0 ? `${name} keeps no database of before a restore.` : `Removed: ${names}`,
  }
}

const archive: Verb = async ({ input, io }, services) => {
  const name = findApp(input, io, { store: services.store })
  const { archiveHistory } = await import('../../backup/history/archive.ts')
  const histories = await archiveHistory(name, services, io)
  const list = histories.map(({ service, shippedAt }) => `${service} up to ${shippedAt}`).join(', ')
  return { data: histories, text: `The repository has the history of ${list}.` }
}

/** The key alone, so that `backup key > FILE` is a key file. */
const key: Verb = async ({ io }, { repositories }) => {
  const { keyFile } = repositories
  const { haveKey } = await import('../../backup/key.ts')
  await haveKey(keyFile)
  const value = (await readFile(keyFile, 'utf8')).trim()
  io.emit({
    type: 'note',
    message:
      'Whoever has this key reads every backup of this machine, and nobody reads any without it. Keep a copy where neither a fire nor a thief of this machine finds it, such as a password manager.',
  })
  return { data: { key: value, file: keyFile }, text: value }
}

const fetched: Verb = async ({ input, io }, services) => {
  const from = readFrom(input, io, services)
  if (from === undefined) {
    throw new MuelleError('USAGE', 'No repository was named.', {
      hint: 'Say:  muelle backup fetch --from REPOSITORY --key-file FILE',
    })
  }
  const directory = resolve(io.cwd, text(input, 'directory') ?? '.')
  const { fetchProject } = await import('../../backup/fetch.ts')
  const found = await fetchProject({ ...from, app: text(input, 'app'), directory }, services, io)
  const { app, secrets } = found
  const again = `--from ${text(input, 'from')} --key-file ${from.keyFile}`
  return {
    data: found,
    text: [
      `The project of ${app} is in ${found.directory}${secrets.length === 0 ? '' : `, and its ${secrets.length} secrets are set`}. Deploy it, then fill it:`,
      `  muelle up ${found.directory}`,
      `  muelle backup restore ${again} --app ${app} --confirm ${app}`,
    ].join('\n'),
  }
}

/** What they do is loaded only when it is asked for, so that other commands start as quickly as before. */
const verbs: Readonly<Record<string, Verb>> = {
  create,
  ls,
  drill: drilled,
  check: checked,
  restore,
  confirm: confirmed,
  archive,
  key,
  fetch: fetched,
  'ssh-key': sshKey,
  trust,
}

function readOnly(input: Input): 'db' | 'media' | 'redis' | undefined {
  const only = text(input, 'only')
  if (only === undefined || only === 'db' || only === 'media' || only === 'redis') return only
  throw new MuelleError('USAGE', `${only} is none of db, media and redis.`, {
    hint: 'Say:  muelle backup restore --only db',
  })
}

function readMoment(input: Input): Date | undefined {
  const at = text(input, 'at')
  if (at === undefined) return undefined
  const moment = new Date(at)
  if (moment.getTime() <= Date.now()) return moment
  const what = Number.isNaN(moment.getTime()) ? 'is no time' : 'lies in the future'
  throw new MuelleError('USAGE', `${at} ${what}.`, {
    hint: 'Say:  muelle backup restore --at 2026-11-24T20:15:00Z',
  })
}

async function confirm(name: string, input: Input, io: Io): Promise<void> {
  const question = `This takes ${name} back to a restore point. Type its name to go on: `
  const given = text(input, 'confirm') ?? (await io.ask(question))
  if (given === name) return
  throw new MuelleError(
    'CONFIRMATION_REQUIRED',
    `Nothing was restored: what ${name} has now would be put aside.`,
    {
      hint: `Confirm it:  muelle backup restore --app ${name} --confirm ${name}`,
    },
  )
}

function describe({ manifest, ...record }: BackupRecord) {
  return record
}

function megabytes(bytes: number | null): string {
  return bytes === null ? '-' : `${(bytes / 1_000_000).toFixed(1)} MB`
}

function age(moment: string): string {
  const hours = (Date.now() - Date.parse(moment)) / 3_600_000
  if (hours < 1) return `${Math.round(hours * 60)} min`
  return hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} d`
}
