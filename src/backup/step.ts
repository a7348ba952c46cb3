import type { BackupSettings, Command } from '../app/schema.ts'
import type { ImageGroup } from '../release/render.ts'

/** Databases of tables, or what Redis has; both unless told. */
export type DatabasePart = 'db' | 'redis'

/**
 * Steps about data. `point` names the restore point, and `at` the restore, in the names of its databases. `release` says
 * that it is made before the release commands of a deployment: it is left out where nothing was begun, because they have
 * nothing to do, and it stays when the deployment is taken back.
 */
export type DataStep =
  /** The restore point is on record, unless the release commands have nothing to do. */
  | { kind: 'begin'; release: number; point: string; commands: readonly Command[] }
  /** The release is on record with a restore point that is young enough. */
  | { kind: 'reuse'; release: number; point: string }
  /** Every database is dumped in one snapshot of its own, beside a manifest of what was in it. */
  | { kind: 'dump'; point: string; release?: number }
  /** The log of the servers is received into their histories, which reach back as far as the settings say. */
  | { kind: 'base' }
  /** What the databases were at a moment (ISO 8601) is dumped, as of a restore point that is only for this. */
  | { kind: 'rewind'; point: string; moment: string }
  /** Dumps, manifest and media are in the repository, as one snapshot or not at all. */
  | { kind: 'keep'; point: string; release?: number }
  /**
   * The restore point was restored into scratch servers without network, and is what was there. With `rehearses` they are
   * on a network of their own, and stay.
   */
  | { kind: 'prove'; point: string; release?: number; rehearses?: boolean }
  /** The release commands ended with 0 in the new image on those servers, and locked no table for longer than that. */
  | {
      kind: 'rehearse'
      point: string
      release: number
      groups: readonly ImageGroup[]
      commands: readonly Command[]
      maxLockMs: number
      /** Only for the report: no release comes after it. */
      byHand?: boolean
    }
  /** Images that were built for a rehearsal only are gone; the build cache has what they are made of. */
  | { kind: 'discard'; groups: readonly ImageGroup[] }
  /** Should the deployment fail from here on, the restore point is put in place. */
  | { kind: 'promise'; point: string; release: number }
  /** Every byte of the repository is what was written. */
  | { kind: 'check' }
  /** Of the restore points only those that the settings keep are left. */
  | { kind: 'forget'; keep: BackupSettings['keep'] }
  /** What the repository holds of the restore point's databases is on this machine. */
  | { kind: 'fetch'; point: string }
  /** The databases stand beside those that serve, under names of their own, and were checked. */
  | { kind: 'load'; point: string; at: string; only?: DatabasePart }
  /** The files of the restore point are in the app's volumes; what is there beside them stays. */
  | { kind: 'media'; point: string }
  /** The databases have changed names with those that served. Where the way back ends. */
  | { kind: 'swap'; point: string; at: string; only?: DatabasePart }
  /** Nothing of a backup, drill or restore is left beside its result, nor on record of what was none but for it. */
  | { kind: 'tidy'; point: string; forgets?: boolean }

const kinds: Readonly<Record<DataStep['kind'], true>> = {
  begin: true,
  reuse: true,
  rehearse: true,
  discard: true,
  promise: true,
  dump: true,
  base: true,
  rewind: true,
  keep: true,
  prove: true,
  check: true,
  forget: true,
  fetch: true,
  load: true,
  media: true,
  swap: true,
  tidy: true,
}

export function isDataStep(step: { kind: string }): step is DataStep {
  return step.kind in kinds
}

/** What a person reads. */
export function describeDataStep(step: DataStep): string {
  switch (step.kind) {
    case 'begin':
      return `Begin restore point ${step.point}, unless the release commands have nothing to do`
    case 'reuse':
      return `Have restore point ${step.point}, which is young enough`
    case 'rehearse':
      return `Rehearse on the copy: ${step.commands.map((command) => [command].flat().join(' ')).join(', ')}`
    case 'discard':
      return 'Remove the images of the rehearsal'
    case 'promise':
      return `From here on, restore ${step.point} when the deployment fails`
    case 'dump':
      return 'Dump the databases'
    case 'base':
      return 'Have the history of the databases'
    case 'rewind':
      return `Replay the history of the databases up to ${step.moment}`
    case 'keep':
      return `Keep restore point ${step.point} in the repository`
    case 'prove':
      return `Restore ${step.point} beside everything, and compare`
    case 'check':
      return 'Read every byte of the repository'
    case 'forget':
      return 'Forget what need not be kept'
    case 'fetch':
      return `Fetch the databases of ${step.point}`
    case 'load':
      return 'Load them beside those that serve, and compare'
    case 'media':
      return 'Put the files back'
    case 'swap':
      return 'Swap the databases by name'
    case 'tidy':
      return 'Clear up'
  }
}
