import { createHash, randomBytes } from 'node:crypto'
import type { ClientRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Outcome } from '../outcome.ts'
import { answerTo, bodyOf, openRequest, type Target, versionOf } from '../request.ts'
import { type Pace, type Result, session } from './session.ts'

const size = 200_000

/** A body that takes `durationMs` to send; its answer must have the hash of all of it. */
export async function uploadSlowly(target: Target, pace: Pace): Promise<Result[]> {
  const body = randomBytes(size)
  const headers = { 'content-length': String(size) }
  const result = await session('slow-upload', pace, async (outcome, signal) => {
    // The server stores an upload under its hash.
    outcome.code = createHash('sha256').update(body).digest('hex')
    const request = openRequest(target, { method: 'PUT', path: '/upload', headers, signal })
    try {
      await Promise.all([sendInParts(request, body, pace), readAnswer(request, outcome)])
    } finally {
      // What is still to be sent after an early answer, such as a 502, is not.
      request.destroy()
    }
  })
  return [result]
}

async function readAnswer(request: ClientRequest, outcome: Outcome): Promise<void> {
  const answer = await answerTo(request)
  outcome.version = versionOf(answer)
  const { sha256, id } = JSON.parse(await bodyOf(answer))
  if (sha256 !== outcome.code) throw new Error('the hash is of another body')
  outcome.id = id
}

async function sendInParts(request: ClientRequest, body: Buffer, { durationMs, everyMs }: Pace) {
  const partSize = Math.ceil((body.length * everyMs) / durationMs)
  for (let sent = 0; sent < body.length && !request.destroyed; sent += partSize) {
    request.write(body.subarray(sent, sent + partSize))
    await sleep(everyMs)
  }
  request.end()
}
