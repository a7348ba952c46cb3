import type { Step } from '../step.ts'
import { type Move, reachOf, switchTo, untilReady } from './traffic.ts'

/** All replicas, then one switch. The gateway is told while the app still boots. */
export function blueGreen(move: Move): Step[] {
  const { release, old } = move
  return [
    { kind: 'stage', release, reach: reachOf(old?.number, release), before: reachOf(old?.number) },
    untilReady(move),
    ...switchTo(move),
  ]
}
