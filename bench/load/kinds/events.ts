import { answerTo, bodyOf, openRequest, type Target, versionOf } from '../request.ts'
import { type Pace, type Result, session } from './session.ts'

/** Server-Sent Events for `durationMs`; lost unless all of them come, and the one that says that it is the last. */
export async function followEvents(target: Target, pace: Pace): Promise<Result[]> {
  const path = `/events?seconds=${pace.durationMs / 1000}`
  const result = await session('events', pace, async (outcome, signal) => {
    const request = openRequest(target, { method: 'GET', path, signal }).end()
    const answer = await answerTo(request)
    outcome.version = versionOf(answer)
    requireAll(await bodyOf(answer))
  })
  return [result]
}

/** @throws when an event is missing */
function requireAll(stream: string): void {
  const ids = [...stream.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
  const gap = ids.findIndex((id, index) => id !== index + 1)
  if (gap !== -1) throw new Error(`event ${gap + 1} is missing`)
  if (!/^event: end\n(?:.+\n)*\n$/m.test(stream)) throw new Error(`no end event after event ${ids.length}`)
}
