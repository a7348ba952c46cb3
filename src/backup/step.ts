import type { BackupSettings } from '../app/schema.ts'

/** Steps about data. `point` names the restore point, and `at` the restore, in the names of its databases. */
export type DataStep =
  /** Every database is dumped in one snapshot of its own, beside a manifest of what was in it. */
  | { kind: 'dump'; point: string }
  /** The log of the servers is received into their histories, which reach back as far as the settings say. */
  | { kind: 'base' }
  /** What the databases were at a moment (ISO 8601) is dumped, as of a restore point that is only for this. */
  | { kind: 'rewind'; point: string; moment: string }
  /** Dumps, manifest and media are in the repository, as one snapshot or not at all. */
  | { kind: 'keep'; point: string }
  /** The restore point was restored into scratch servers without network, and is what was there. */
  | { kind: 'prove'; point: string }
  /** Of the restore points only those that the settings keep are left. */
  | { kind: 'forget'; keep: BackupSettings['keep'] }
  /** What the repository holds of the restore point's databases is on this machine. */
  | { kind: 'fetch'; point: string }
  /** The databases stand beside those that serve, under names of their own, and were checked. */
  | { kind: 'load'; point: string; at: string }
  /** The files of the restore point are in the app's volumes; what is there beside them stays. */
  | { kind: 'media'; point: string }
  /** The databases have changed names with those that served. Where the way back ends. */
  | { kind: 'swap'; point: string; at: string }
  /** Nothing of a backup, drill or restore is left beside its result, nor on record of what was none but for it. */
  | { kind: 'tidy'; point: string; forgets?: boolean }

const kinds: Readonly<Record<DataStep['kind'], true>> = {
  dump: true,
  base: true,
  rewind: true,
  keep: true,
  prove: true,
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
