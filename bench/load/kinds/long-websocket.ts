import type { Target } from '../request.ts'
import type { Pace, Result } from './session.ts'
import { talkOverWebSocket } from './websocket.ts'

/** docs/guides/long-connections.md: what was open when the gateway changed is kept for as long. */
const keptMs = 75_000

/** One that stays open for longer than the gateway keeps what was open when it changed. */
export async function talkForLong(target: Target, pace: Pace): Promise<Result[]> {
  const results = await talkOverWebSocket(target, pace)
  return results.map((result) => asDocumented({ ...result, kind: 'long-websocket' }))
}

/** @returns a loss that is none, because nothing else was promised, as `cut` */
export function asDocumented(result: Result): Result {
  const { lost, ...rest } = result
  const wasClosed = lost !== undefined && closings.includes(lost)
  return wasClosed && result.endedAtMs - result.startedAtMs >= keptMs ? { ...rest, cut: true } : result
}

/** Without a close frame: in between two messages, or while one was on its way. */
const closings = ['closed with 1006', 'ECONNRESET', 'EPIPE']
