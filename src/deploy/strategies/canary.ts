import type { StandingRelease, Step } from '../step.ts'
import { type Move, reachOf, switchTo, untilReady } from './traffic.ts'

/** All replicas, then larger and larger shares of the visitors, each judged, then the switch. */
export function canary(move: Move, old: StandingRelease): Step[] {
  const { app, release } = move
  const { steps, minimum, maximum, on_too_little } = app.settings.canary
  const both = reachOf(old.number, release)
  const policy = { minimumMs: minimum, maximumMs: maximum, onTooLittle: on_too_little }
  const trials = steps.flatMap((percent, index): Step[] => {
    const previous = steps[index - 1]
    const before = previous === undefined ? both : { ...both, share: { release, percent: previous } }
    return [
      { kind: 'stage', release, reach: { ...both, share: { release, percent } }, before },
      { kind: 'judge', release, from: old.number, policy },
    ]
  })
  const share = { release, percent: steps.at(-1) ?? 1 }
  return [
    { kind: 'stage', release, reach: both, before: reachOf(old.number) },
    untilReady(move),
    ...trials,
    ...switchTo(move),
    { kind: 'stage', release, reach: both, before: { ...both, share } },
  ]
}
