import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startReceiver } from '../../test/support/receivers.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { Secret } from '../secrets/secret.ts'
import { createVault } from '../secrets/vault.ts'
import { openStore } from '../store/store.ts'
import { createCommitStatuses, repositoryOf, usualApi } from './commit-status.ts'
import { createNotifier } from './notifier.ts'

const app = { name: 'shop', directory: '/srv/shop', environment: 'production' }
const commit = { repo: 'git@github.example:ada/shop.git', commit: 'c'.repeat(40) }

async function github(t: TestContext, { token = 'planted-token' }: { token?: string } = {}) {
  const home = temporaryFolder({ after: (work) => t.after(work) })
  const store = openStore(join(home, 'muelle.db'))
  t.after(() => store.close())
  const vault = createVault(home)
  const receiver = await startReceiver(t)
  if (token !== '') await vault.set('shop', new Map([['GITHUB_TOKEN', new Secret(token)]]))
  const clock = { now: Date.now() }
  const options = { store, vault, host: 'web-1', now: () => clock.now }
  const statuses = createCommitStatuses({ ...options, api: receiver.url })
  const [privateHosts, mailServer] = [new Set<string>(), { url: undefined, from: undefined }]
  const notifier = createNotifier({ ...options, privateHosts, mailServer, githubApi: receiver.url })
  return { ...receiver, store, clock, statuses, notifier }
}

test('GitHub is told that a commit is being deployed, and how that ended', async (t) => {
  const { received, statuses, notifier, store } = await github(t)
  await statuses.begin(app, commit)
  await statuses.end(app, commit, { release: 4 })
  await statuses.end(app, commit, { code: 'UNHEALTHY', isTakenBack: true })
  await notifier.deliverDue({ timeoutMs: 5000 })
  assert.deepEqual(
    received.map(({ body }) => JSON.parse(body)).toSorted((a, b) => a.state.localeCompare(b.state)),
    [
      { state: 'failure', description: 'Taken back: UNHEALTHY', context: 'muelle/shop' },
      { state: 'pending', description: 'Being deployed', context: 'muelle/shop' },
      { state: 'success', description: 'Release 4 is live', context: 'muelle/shop' },
    ],
  )
  for (const { path, headers } of received) {
    assert.equal(path, `/repos/ada/shop/statuses/${commit.commit}`)
    assert.equal(headers.authorization, 'Bearer planted-token')
  }
  assert.doesNotMatch(JSON.stringify(store.notifications('shop')), /planted-token/)
})

test('what GitHub does not take is told later, and nobody fails for it', async (t) => {
  const { received, state, statuses, notifier, clock } = await github(t)
  state.status = 503
  await statuses.begin(app, commit)
  await statuses.end(app, commit, { release: 4 })
  assert.deepEqual(await notifier.deliverDue({ timeoutMs: 5000 }), { sent: 0, failed: 1 })
  state.status = 201
  clock.now += 60_000
  assert.deepEqual(await notifier.deliverDue({ timeoutMs: 5000 }), { sent: 1, failed: 0 })
  assert.equal(received.length, 3)
})

test('nobody is asked without a token, or about what is not on GitHub', async (t) => {
  const { received, statuses, notifier } = await github(t, { token: '' })
  await statuses.begin(app, commit)
  await statuses.end(app, commit, { release: 4 })
  await notifier.deliverDue({ timeoutMs: 5000 })
  assert.deepEqual(received, [])
})

test('the repository is the one of the address, in each of its spellings', () => {
  for (const repo of [
    'https://github.com/ada/shop.git',
    'https://github.com/ada/shop',
    'git@github.com:ada/shop.git',
    'ssh://git@github.com/ada/shop.git',
    'ssh://git@github.com:443/ada/shop.git',
  ])
    assert.equal(repositoryOf(repo, usualApi), 'ada/shop', repo)
  for (const repo of ['/srv/git/shop.git', 'https://gitlab.com/ada/shop', 'https://github.com/ada/team/shop'])
    assert.equal(repositoryOf(repo, usualApi), undefined, repo)
  const own = 'https://git.example/api/v3'
  assert.equal(repositoryOf('https://git.example:8443/ada/shop.git', own), 'ada/shop')
})
