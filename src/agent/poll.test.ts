import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentContext } from '../../test/support/agent.ts'
import { isNews, pollApp } from './poll.ts'

const head = 'a'.repeat(40)

test('a head is news once, and none when it is live', () => {
  assert.equal(isNews(head, { seen: undefined, live: null }), true)
  assert.equal(isNews(head, { seen: head, live: null }), false)
  assert.equal(isNews(head, { seen: undefined, live: 'aaaaaaaaaaaa' }), false)
  assert.equal(isNews(head, { seen: undefined, live: 'aaaaaaaaaaaa+' }), true)
})

test('a branch that moved is queued once, and one that cannot be read never', async () => {
  const context = agentContext()
  const jobs = () => context.store.jobs({ before: 100, limit: 10 }).length
  const unreadable = { ...context, headOf: async () => Promise.reject(new Error('no such branch')) }
  await assert.rejects(pollApp('shop', unreadable), /no such branch/)
  assert.equal(jobs(), 0)
  for (let times = 0; times < 3; times++) await pollApp('shop', { ...context, headOf: async () => head })
  assert.equal(jobs(), 1)
})
