import { join } from 'node:path'
import type { BackupSettings } from '../app/schema.ts'
import type { EffectOptions, Engine, ToolResult } from '../engine/port.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { historyRole } from './history/layout.ts'
import { haveKey } from './key.ts'
import { accessTo } from './repository/access.ts'
import { explainServer, isUnexplained } from './repository/failures.ts'
import { knownRepositories } from './repository/known.ts'
import { lockNames, removeDeadLocks } from './repository/locks.ts'
import { impatiently } from './repository/patience.ts'
import { type Points, pointOperations } from './repository/points.ts'
import { type SshFolder, sshFolder } from './repository/ssh.ts'
import * as restic from './restic.ts'
import { exits, inside, type Snapshot } from './restic.ts'
import { type Run, told } from './restic-run.ts'
import { type Mount, toolArguments } from './tool.ts'

/** Where the restore points of an app are kept. Every method may throw REPOSITORY_UNUSABLE or BACKUP_KEY_WRONG. */
export interface Repository extends Points {
  /** For people. */
  location: string
  /** It would be lost with this machine. */
  isOnThisMachine: boolean
  keyFile: string
  /**
   * Keeps all mounts below the root as one snapshot, in a repository that is made where there is none yet.
   * @returns how many bytes that are
   */
  keep(point: string, content: Content, options: EffectOptions): Promise<number>
  /** Newest first; of every app with `undefined`. */
  snapshots(app: string | undefined): Promise<Snapshot[]>
  /**
   * The same, and the ids of those, of any app, that cannot be read any more. With `makes`, the repository is there
   * afterwards.
   */
  list(
    app: string | undefined,
    options?: { makes: boolean },
  ): Promise<{ snapshots: Snapshot[]; unreadable: string[] }>
  /** Reads every byte of the repository. @throws MuelleError BACKUP_UNPROVEN when one of them is not what was written */
  check(options: EffectOptions): Promise<void>
  /** Keeps what histories hold now; what it kept of them before goes. */
  keepHistory(
    histories: readonly History[],
    options: EffectOptions & { limit: number | undefined },
  ): Promise<void>
  /** Puts what it keeps of a history into its volume. @returns false when it keeps none */
  restoreHistory(history: History, options: EffectOptions): Promise<boolean>
  markProven(point: string, isProven: boolean): Promise<void>
  remove(snapshots: readonly Snapshot[]): Promise<void>
  /** Removes proven restore points that need not be kept, and the bytes that nothing needs any more. */
  retain(keep: BackupSettings['keep']): Promise<void>
}

/** Of one server. */
export interface History {
  service: string
  volume: string
}

export interface Content {
  mounts: readonly Mount[]
  excluded: readonly string[]
  limit: number | undefined
}

export interface Repositories {
  /** The image that restic is in. */
  image: string
  /** The key of this installation's repositories. */
  keyFile: string
  /** What it shows servers of SFTP. */
  ssh: SshFolder
  /** As the settings of an app say, or in the state folder. */
  open(app: string, settings: Pick<BackupSettings, 'to'>): Promise<Repository>
  /** One that is not this installation's own. */
  openWith(app: string, at: { location: string; keyFile: string }): Promise<Repository>
}

interface Options {
  home: string
  instance: string
  image: string
  engine: Pick<Engine, 'containers' | 'tool'>
  /** Variables with which an app's repository is reached, such as the keys of S3. */
  credentials(app: string): Promise<Readonly<Record<string, string>>>
}

export function createRepositories(options: Options): Repositories {
  const keyFile = join(options.home, 'backup.key')
  return {
    image: options.image,
    keyFile,
    ssh: sshFolder(options.home),
    open: async (app, { to }) => {
      await haveKey(keyFile)
      return openRepository(app, { location: to ?? join(options.home, 'backups'), keyFile }, options)
    },
    openWith: (app, at) => openRepository(app, at, options),
  }
}

async function openRepository(
  app: string,
  { location, keyFile }: { location: string; keyFile: string },
  options: Options,
): Promise<Repository> {
  const { home } = options
  const access = await accessTo({ location, keyFile }, { home, credentials: await options.credentials(app) })
  const cache = join(home, 'backup-cache')
  const names = await lockNames(cache)
  const known = knownRepositories(join(cache, 'repositories'))
  // Without a password that may be in it.
  const place = shown(location)
  const once: Run = async (argv, { mounts: more = [], role, answers: _, isAwaited, ...effect } = {}) => {
    const args = toolArguments({
      instance: options.instance,
      app,
      name: names.next(),
      image: options.image,
      program: 'restic',
      argv: [...access.options, ...argv],
      network: access.network,
      mounts: [...access.mounts, ...more],
      variables: access.variables,
      secrets: Object.keys(access.secrets),
      ...(role === undefined ? {} : { role }),
    })
    const ask = (effects: EffectOptions) =>
      options.engine.tool(args, { ...effect, ...effects, env: access.secrets })
    return isAwaited === true ? impatiently(ask, effect) : ask({})
  }
  const isRunning = async (name: string): Promise<boolean> =>
    (await options.engine.containers({})).some((container) => container.name === name && container.running)
  const run: Run = async (argv, given = {}) => {
    let result = await once(argv, given)
    for (let more = 4; more > 0 && result.exitCode !== 0 && isUnexplained(result.lines); more--)
      result = await once(argv, given)
    if (result.exitCode === exits.locked && given.answers?.includes(exits.locked) !== true) {
      await removeDeadLocks(once, names, isRunning)
      result = await once(restic.patiently(argv), given)
    }
    if (result.exitCode === 0) await known.remember(place)
    if (result.exitCode === exits.noRepository) await known.refuseNew(place)
    if (result.exitCode === 0 || given.answers?.includes(result.exitCode ?? -1) === true) return result
    throw explain(location, result)
  }
  return { location, isOnThisMachine: access.isOnThisMachine, keyFile, ...operations(app, run) }
}

function operations(app: string, run: Run): Omit<Repository, 'location' | 'isOnThisMachine' | 'keyFile'> {
  const list: Repository['list'] = async (of, { makes } = { makes: false }) => {
    const { exitCode, stdout, lines } = await run(restic.snapshotsArguments(of), {
      answers: [exits.noRepository],
      isAwaited: true,
    })
    if (exitCode === 0)
      return { snapshots: restic.readSnapshots(stdout), unreadable: restic.unreadableSnapshots(lines) }
    if (makes) await run(restic.initArguments)
    return { snapshots: [], unreadable: [] }
  }
  const snapshots: Repository['snapshots'] = async (of) => (await list(of)).snapshots
  const remove: Repository['remove'] = async (gone) => {
    if (gone.length > 0) await run(restic.forgetArguments(gone.map(({ id }) => id)))
  }
  return {
    ...pointOperations(app, run, snapshots),
    list,
    snapshots,
    remove,
    check: async (effect) => {
      // Who reads for hours waits for a connection to come back; not who has not begun yet.
      await run(restic.snapshotsArguments(app), { isAwaited: true })
      await run(restic.checkArguments, effect)
    },
    keep: async (point, { mounts, excluded, limit }, effect) => {
      const argv = restic.backupArguments(app, { point, limit, excluded })
      for (let attempt = 1; ; attempt++) {
        const answers = attempt < 4 ? [exits.noRepository, exits.incomplete] : []
        const { exitCode, stdout } = await run(argv, { ...told(effect), mounts, answers })
        if (exitCode === 0) return restic.readSummary(stdout.split('\n'))?.bytes ?? 0
        if (exitCode === exits.noRepository) await run(restic.initArguments, effect)
        // A file that goes while it is read is missed, and then all of it is read once more.
        else await remove((await snapshots(app)).filter((found) => found.point === point))
      }
    },
    keepHistory: async (histories, { limit, ...effect }) => {
      // A backup that clears up meanwhile would end it, and leave its lock in the repository.
      const role = historyRole
      const mounts = histories.map(({ service, volume }) => ({
        source: volume,
        target: `${inside.history}/${service}`,
      }))
      const argv = restic.historyArguments(app, limit)
      for (let attempt = 1; ; attempt++) {
        const answers = attempt < 4 ? [exits.noRepository, exits.incomplete] : []
        const { exitCode } = await run(argv, { ...told(effect), mounts, answers, role })
        if (exitCode === 0) break
        // A file of the log that is full gets another name, and is missed by who is about to read it.
        if (exitCode === exits.noRepository) await run(restic.initArguments, effect)
      }
      // A backup of hours must not keep the next part of the history waiting: then two are kept until the time after.
      await run(restic.forgetHistoryArguments(app), { role, answers: [exits.locked] })
    },
    restoreHistory: async ({ service, volume }, effect) => {
      const { stdout } = await run(restic.historiesArguments(app))
      if (!restic.hasSnapshot(stdout)) return false
      const argv = restic.restoreArguments(
        { tags: restic.historyTags(app) },
        { path: `${inside.history}/${service}`, to: inside.root },
      )
      await run(argv, { ...told(effect), mounts: [{ source: volume, target: inside.root, writes: true }] })
      return true
    },
    markProven: async (point, isProven) => {
      await run(restic.provenArguments(restic.tagsOf(app, point), isProven))
    },
    retain: async (keep) => {
      await run(restic.retentionArguments(app, keep))
    },
  }
}

export function unknownPoint(app: string, point: string | undefined): MuelleError {
  const what =
    point === undefined ? `${app} has no proven restore point.` : `${app} has no restore point ${point}.`
  return new MuelleError('BACKUP_UNKNOWN', what, {
    hint: `See which it has:  muelle backup ls --app ${app}   or make one:  muelle backup create --app ${app}`,
  })
}

/** What restic says of bytes that are not those it wrote. */
const damage =
  /ciphertext verification failed|does not match|hash mismatch|invalid data returned|repository contains errors|restic repair index/

function explain(location: string, { exitCode, lines }: ToolResult): MuelleError {
  const log = lines.slice(-15)
  // First: what S3 says of a wrong key sounds like damage.
  const ofServer = location.startsWith('/') ? undefined : explainServer(shown(location), log)
  if (ofServer !== undefined) return ofServer
  if (exitCode === exits.wrongKey) {
    return new MuelleError(
      'BACKUP_KEY_WRONG',
      `The key of this installation does not open ${shown(location)}.`,
      {
        hint: 'Put the key that the repository was made with into backup.key in the state folder, or choose another  x-muelle.backups.to',
        log,
      },
    )
  }
  if (lines.some((line) => line.includes('invalid child node name'))) {
    return new MuelleError(
      'BACKUP_UNPROVEN',
      `The repository ${shown(location)} holds what Muelle never put there: names that lead elsewhere.`,
      { hint: 'Find out who can write to it, and restore another restore point:  muelle backup ls', log },
    )
  }
  // Of a folder that it cannot read, restic may break down instead of saying so.
  if (exitCode === exits.crashed || lines.some((line) => damage.test(line))) {
    return new MuelleError('BACKUP_UNPROVEN', `The repository ${shown(location)} is damaged.`, {
      hint: 'Look at its disk, and make another backup into a new repository:  x-muelle: {backups: {to: …}}',
      log,
    })
  }
  const why =
    exitCode === exits.noRepository
      ? 'there is no repository'
      : exitCode === exits.locked
        ? 'another program has locked it for long'
        : `restic ended with ${exitCode === undefined ? 'a signal' : `exit code ${exitCode}`}`
  const isFull = lines.some((line) => line.includes('no space left on device'))
  return new MuelleError(
    isFull ? 'DISK_FULL' : 'REPOSITORY_UNUSABLE',
    `The repository ${shown(location)}: ${why}.`,
    {
      hint: 'Look at the lines above; then run the same command again.',
      log,
    },
  )
}

/** An address that an older file has may have a password in it. */
function shown(location: string): string {
  return location.replace(/\/\/[^/@]*:[^/@]*@/, '//')
}
