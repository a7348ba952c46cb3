import assert from 'node:assert/strict'
import { createClient } from '../../bench/load/client.ts'
import { steadyLoad } from '../../bench/load/generate.ts'
import { summarise } from '../../bench/load/report.ts'
import type { Target } from '../../bench/load/request.ts'

export interface Visits {
  path: string
  ratePerSecond: number
}

/** Connections that stay open; the rest of the requests come on new ones. */
const keptOpen = 8
const fresh = 0.3

/** Asks an app for a path again and again while work is done: every answer has to be a success. */
export async function underLoad(
  target: Target,
  { path, ratePerSecond }: Visits,
  work: () => Promise<unknown>,
): Promise<void> {
  const client = createClient(target, keptOpen)
  const stopping = new AbortController()
  const routes = { get: [path], post: path }
  const sending = steadyLoad(client, {
    ratePerSecond,
    mix: { post: 0, fresh },
    routes,
    stop: stopping.signal,
  })
  try {
    await work()
  } finally {
    stopping.abort()
    await sending
    client.close()
  }
  const { sent, lost, losses } = summarise(await sending)
  assert.ok(sent > ratePerSecond, `${sent} requests`)
  assert.equal(lost, 0, JSON.stringify(losses))
}
