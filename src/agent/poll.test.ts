import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentContext } from '../../test/support/agent.ts'
import { isNews, lsRemote, pollApp } from './poll.ts'

const head = 'a'.repeat(40)

test('a head is news once, and none when it is live', () => {
  assert.equal(isNews(head, { seen: undefined, live: null }), true)
  assert.equal(isNews(head, { seen: head, live: null }), false)
  assert.equal(isNews(head, { seen: undefined, live: 'aaaaaaaaaaaa' }), false)
  assert.equal(isNews(head, { seen: undefined, live: 'aaaaaaaaaaaa+' }), true)
})

test('neither a repository nor a branch is an option', () => {
  const argv = lsRemote('--upload-pack=x', '--exec=y')
  assert.deepEqual(argv, ['ls-remote', '--', '--upload-pack=x', 'refs/heads/--exec=y'])
})

test('a branch that moved is queued once, and one that cannot be read never', async () => {
  const context = agentContext()
  const jobs = () => context.store.jobs({ before: 100, limit: 10 }).length
  await pollApp('shop', { ...context, headOf: async () => undefined })
  assert.equal(jobs(), 0)
  for (let times = 0; times < 3; times++) await pollApp('shop', { ...context, headOf: async () => head })
  assert.equal(jobs(), 1)
})
