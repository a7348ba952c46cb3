import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { createShop, type Shop } from '../support/backup-postgres.ts'
import { suiteCleanup } from '../support/host.ts'
import { createAgent, type RunningAgent } from '../support/running-agent.ts'

/** A PostgreSQL server and files that are to be backed up each minute. */
describe('a backup with a schedule', () => {
  const cleanup = suiteCleanup()
  let shop: Shop
  let agent: RunningAgent

  before(async () => {
    shop = await createShop(cleanup, { schedule: '* * * * *' })
    agent = await createAgent(cleanup, shop.host)
    await agent.start()
  })

  test('is made by the agent at its minute, and proven by restoring it [T7, C2]', async () => {
    const jobs = async () => (await agent.jobs(shop.project.name)).filter(({ kind }) => kind === 'backup')
    const job = await agent.until(async () => (await jobs()).at(-1))
    assert.equal(job.cause, 'schedule')
    // The agent looks every ten seconds at what has come due.
    assert.ok(new Date(job.createdAt).getUTCSeconds() < 30, `${job.createdAt} is not at a minute`)
    const ended = await agent.until(async () => {
      const now = await agent.job(job.id)
      return now.endedAt !== null && now
    }, 600_000)
    assert.equal(ended.state, 'succeeded', JSON.stringify(ended.error))
    assert.ok((await shop.provenPoints()).length >= 1)
  })
})
