import { answerTo, bodyOf, openRequest, type Target, versionOf } from '../request.ts'
import { type Pace, type Result, session } from './session.ts'

/** A request that the server answers after `durationMs`. */
export async function awaitSlowAnswer(target: Target, pace: Pace): Promise<Result[]> {
  const path = `/slow?seconds=${pace.durationMs / 1000}`
  const result = await session('slow-answer', pace, async (outcome, signal) => {
    const request = openRequest(target, { method: 'GET', path, signal }).end()
    const answer = await answerTo(request)
    outcome.version = versionOf(answer)
    await bodyOf(answer)
  })
  return [result]
}
