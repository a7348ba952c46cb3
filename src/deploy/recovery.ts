import { isDataStep } from '../backup/step.ts'
import type { JournalPhase, Step } from './step.ts'

/** What the journal shows of a deployment whose runner died. */
export interface Remains {
  steps: readonly Step[]
  /** The last phase of each step that began, by position. */
  phases: ReadonlyMap<number, JournalPhase>
  to: number | null
}

/**
 * Which way to go from a half-finished deployment. The traffic decides: once it is on the target, the way forward is
 * the short one; before, or once something was being taken back, nobody has to know that there was a deployment.
 */
export type Recovery = { direction: 'forward'; from: number } | { direction: 'back' }

export function decideRecovery({ steps, phases, to }: Remains, live: number | undefined): Recovery {
  const next = steps.findIndex((_, position) => phases.get(position) !== 'done')
  const forward = { direction: 'forward', from: next === -1 ? steps.length : next } as const
  const activate = steps.findIndex(({ kind }) => kind === 'activate')
  if (activate === -1 && steps.some(isDataStep))
    return hasSwapped({ steps, phases }) ? forward : { direction: 'back' }
  const isActive = phases.get(activate) === 'done'
  if (!isActive && (isGoingBack(phases) || live === undefined || live !== to)) return { direction: 'back' }
  return forward
}

/**
 * A backup that died is none, and a restore that died goes back, unless its databases may have changed names already:
 * that is one transaction of the server, which can be asked for again.
 */
function hasSwapped({ steps, phases }: Omit<Remains, 'to'>): boolean {
  const swap = steps.findIndex(({ kind }) => kind === 'swap')
  return phases.has(swap) && !isGoingBack(phases)
}

function isGoingBack(phases: Remains['phases']): boolean {
  return [...phases].some(([, phase]) => phase === 'failed' || phase === 'undone')
}

/**
 * Positions of the steps to take back, in the order in which to do it: in reverse, but traffic first, unless the
 * release that it goes back to has lost replicas, which have to be there again before.
 */
export function undoOrder({ steps, phases }: Omit<Remains, 'to'>): number[] {
  const begun = [...phases]
    .filter(([, phase]) => phase !== 'undone')
    .map(([position]) => position)
    .sort((a, b) => b - a)
  const hasShrunk = begun.some((position) => steps[position]?.kind === 'shrink')
  const isTraffic = (position: number): boolean => !hasShrunk && steps[position]?.kind === 'switch'
  return [...begun.filter(isTraffic), ...begun.filter((position) => !isTraffic(position))]
}
