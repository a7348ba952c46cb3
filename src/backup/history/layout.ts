import type { App } from '../../app/app.ts'
import { contentsOf, outsideOf } from '../contents.ts'
import { type Tablespace, tablespaceFolder } from './tablespaces.ts'

/**
 * How the history of a PostgreSQL server is kept, from which it can be taken back to any moment: copies of its data
 * folder ("bases") and all the write-ahead log since the oldest of them (PostgreSQL manual, 26.3). Pure.
 */

/** The replication slot by which the server keeps what was not yet received. */
export const slot = 'muelle'

/** How much the server keeps for a receiver that is gone, before its own disk is in danger. */
export const slotLimit = '4GB'

/** The role of the containers that receive. */
export const historyRole = 'history'

/** Where the volume is mounted, in the server's own image. */
export const root = '/history'

/** Services of an app whose history is kept: a server outside is its administrator's to set up. */
export function recordedServices(app: App): string[] {
  return contentsOf(app).databases.flatMap(({ service, kind }) =>
    kind === 'postgres' && outsideOf(app, service) === undefined ? [service] : [],
  )
}

export function historyVolume(app: string, service: string): string {
  return `${app}_muelle-history-${service}`
}

/** A new database cluster begins the numbers of its log anew, so that each has a folder of its own. */
export interface Cluster {
  log: string
  bases: string
}

export function clusterFolder(system: string): Cluster {
  return { log: `${root}/${system}/log`, bases: `${root}/${system}/bases` }
}

export interface Base {
  system: string
  /** Seconds since the epoch, by the server's clock: when the copy was complete, and so the first moment to go back to. */
  from: number
}

export function baseFolder({ system, from }: Base): string {
  return `${clusterFolder(system).bases}/${from}`
}

/** @param paths of `find`, of which everything else is ignored, such as a copy that was not completed. Oldest first. */
export function readBases(paths: readonly string[]): Base[] {
  return paths
    .flatMap((path) => {
      const [, system, from] = /^\/history\/(\d+)\/bases\/(\d+)$/.exec(path) ?? []
      return system === undefined ? [] : [{ system, from: Number(from) }]
    })
    .sort((a, b) => a.from - b.from)
}

/** The one from which the least log has to be replayed. */
export function chooseBase(bases: readonly Base[], moment: Date): Base | undefined {
  return bases.findLast(({ from }) => from * 1000 <= moment.getTime())
}

/** A copy is made often enough that two are always enough to go back so many days, and no oftener. */
export function needsBase(
  bases: readonly Base[],
  { system, days, now }: { system: string; days: number; now: Date },
): boolean {
  const newest = bases.findLast((base) => base.system === system)
  return newest === undefined || now.getTime() - newest.from * 1000 > (days / 2) * 86_400_000
}

/** What no moment of the last days needs any more; of the others the log is only good together with them. */
export function outdatedBases(bases: readonly Base[], { days, now }: { days: number; now: Date }): Base[] {
  const first = chooseBase(bases, new Date(now.getTime() - days * 86_400_000))
  return first === undefined ? [] : bases.filter(({ from }) => from < first.from)
}

/** It ends when its connection does, and Docker starts it again. Each commit is on the disk before it is confirmed. */
export function receiverArguments(system: string): string[] {
  return [`--directory=${clusterFolder(system).log}`, `--slot=${slot}`, '--synchronous', '--no-loop']
}

/** The log that belongs to it is received anyway. */
export function copyArguments(folder: string, tablespaces: readonly Tablespace[]): string[] {
  const escaped = (path: string): string => path.replaceAll('=', '\\=')
  return [
    ...[`--pgdata=${folder}`, '--format=plain', '--wal-method=none', '--checkpoint=fast', '--label=muelle'],
    ...tablespaces.map(
      ({ oid, location }) => `--tablespace-mapping=${escaped(location)}=${tablespaceFolder(folder)}/${oid}`,
    ),
  ]
}

/** The first file of the log that a copy needs, of its `backup_label`. */
export function firstLogFile(label: string): string | undefined {
  return /^START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)$/m.exec(label)?.[1]
}

/**
 * A server that replays the log up to a moment and stands still there, read-only: nothing that runs by itself in the
 * database, such as a retention policy, changes what is to be dumped. No password of then is asked for, and nobody but
 * Muelle's own programs reaches it.
 * @param data its data folder
 */
export function replayArguments({ system }: Pick<Base, 'system'>, moment: Date, data: string): string[] {
  const { log } = clusterFolder(system)
  const settings = {
    restore_command: `cp "${log}/%f" "%p" || cp "${log}/%f.partial" "%p"`,
    // With `Z` it is refused: the names of time zones are not known yet when it is read.
    recovery_target_time: moment.toISOString().replace('T', ' ').replace('Z', '+00'),
    recovery_target_action: 'pause',
    hot_standby: 'on',
    hba_file: `${data}/${accessFile.name}`,
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** PostgreSQL manual, 20.1. */
export const accessFile = {
  name: 'muelle_hba.conf',
  text: 'local all all trust\nhost all all 127.0.0.1/32 trust\n',
} as const

/** Its presence keeps the server from going on by itself at the end of the log (26.2). */
export const standbyFile = 'standby.signal'
