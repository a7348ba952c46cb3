import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import type { ReleaseState } from './releases.ts'
import { migrations } from './schema.ts'
import { openStore, type Store } from './store.ts'

const plan = { plan: [{ kind: 'start' }], runner: '7:1' }
const add = (store: Store, ...numbers: readonly number[]): void => {
  for (const number of numbers) store.addRelease({ app: 'shop', number, commit: null, images: {} })
}
const states = (store: Store): Record<number, ReleaseState> =>
  Object.fromEntries(store.releases('shop').map(({ number, state }) => [number, state]))
const begin = (store: Store) =>
  store.beginDeployment({ app: 'shop', kind: 'up', from: undefined, to: 1, ...plan })

test('what was let pass is remembered with the deployment of a release', () => {
  const store = openStore(':memory:')
  store.beginDeployment({
    app: 'shop',
    kind: 'up',
    from: undefined,
    to: 1,
    ...plan,
    allowed: ['compose-privileged'],
  })
  store.beginDeployment({ app: 'shop', kind: 'rollback', from: 2, to: 1, ...plan })
  store.beginDeployment({ app: 'shop', kind: 'up', from: 1, to: 2, ...plan })
  assert.deepEqual(
    [1, 2, 3].map((release) => store.allowed('shop', release)),
    [['compose-privileged'], [], []],
  )
})

describe('release numbers', () => {
  test('begin at 1 for each app', () => {
    const store = openStore(':memory:')
    add(store, 1, 2)
    assert.equal(store.nextRelease('shop'), 3)
    assert.equal(store.nextRelease('blog'), 1)
  })
  test('are never used again, whatever became of the releases', () => {
    const fate = fc.constantFrom<ReleaseState>('failed', 'pruned', 'superseded', 'live')
    fc.assert(
      fc.property(fc.array(fate, { maxLength: 8 }), (fates) => {
        const store = openStore(':memory:')
        const numbers = fates.map((state) => {
          const number = store.nextRelease('shop')
          add(store, number)
          store.markRelease('shop', number, state)
          return number
        })
        assert.equal(new Set([...numbers, store.nextRelease('shop')]).size, fates.length + 1)
      }),
      { numRuns: 30 },
    )
  })
  test('are never used again by a deployment that failed before it recorded its release', () => {
    const store = openStore(':memory:')
    const id = store.beginDeployment({ app: 'shop', kind: 'up', from: undefined, to: 1, ...plan })
    store.endDeployment(id, 'failed')
    assert.equal(store.nextRelease('shop'), 2)
    assert.equal(store.nextRelease('blog'), 1)
  })
  test('are not used up by a rollback', () => {
    const store = openStore(':memory:')
    add(store, 1, 2)
    store.beginDeployment({ app: 'shop', kind: 'rollback', from: 2, to: 1, ...plan })
    assert.equal(store.nextRelease('shop'), 3)
  })
  test('cannot be recorded twice', () => {
    const store = openStore(':memory:')
    add(store, 1)
    assert.throws(() => add(store, 1), /UNIQUE/)
  })
})

describe('a release', () => {
  test('keeps its commit and its images, newest release first', () => {
    const store = openStore(':memory:')
    add(store, 1)
    store.addRelease({ app: 'shop', number: 2, commit: 'abc+', images: { web: 'sha256:1' } })
    const [newest, oldest] = store.releases('shop')
    assert.partialDeepStrictEqual(newest, {
      number: 2,
      commit: 'abc+',
      images: { web: 'sha256:1' },
      state: 'new',
    })
    assert.partialDeepStrictEqual(oldest, { number: 1, commit: null })
    assert.ok(!Number.isNaN(Date.parse(newest?.createdAt ?? '')))
  })
  test('that becomes the live one supersedes the one before, and no other app', () => {
    const store = openStore(':memory:')
    add(store, 1, 2, 3)
    store.addRelease({ app: 'blog', number: 1, commit: null, images: {} })
    store.activate('blog', 1)
    store.markRelease('shop', 2, 'failed')
    store.activate('shop', 1)
    store.activate('shop', 3)
    assert.deepEqual(states(store), { 1: 'superseded', 2: 'failed', 3: 'live' })
    store.activate('shop', 1)
    assert.deepEqual(states(store), { 1: 'live', 2: 'failed', 3: 'superseded' })
    assert.equal(store.releases('blog')[0]?.state, 'live')
  })
})

describe('a deployment', () => {
  test('whose runner died is interrupted until someone ends it', () => {
    const store = openStore(':memory:')
    const id = begin(store)
    assert.deepEqual(
      store.unfinished('shop').map((deployment) => deployment.id),
      [id],
    )
    assert.deepEqual(store.unfinished('blog'), [])
    store.endDeployment(id, 'interrupted')
    assert.deepEqual(store.unfinished('shop'), [])
  })
  test('is remembered with where it came from and how it ended', () => {
    const store = openStore(':memory:')
    begin(store)
    const id = store.beginDeployment({ app: 'shop', kind: 'rollback', from: 2, to: 1, ...plan })
    store.endDeployment(id, 'failed', { code: 'NOT_READY', message: 'x', log: [] })
    const last = store.lastDeployment('shop')
    assert.partialDeepStrictEqual(last, { id, kind: 'rollback', from: 2, to: 1, outcome: 'failed' })
    assert.notEqual(last?.endedAt, null)
    assert.equal(store.lastDeployment('blog'), undefined)
  })
})

describe('a pause of the updates', () => {
  const failed = { reason: 'release 2 was taken back', byHand: false }
  const frozen = { reason: 'sale', byHand: true }

  test('is that of one app, has a time, and ends once', () => {
    const store = openStore(':memory:')
    store.pauseUpdates('shop', failed)
    assert.partialDeepStrictEqual(store.updatesPause('shop'), failed)
    assert.ok(!Number.isNaN(Date.parse(store.updatesPause('shop')?.since ?? '')))
    assert.equal(store.updatesPause('blog'), undefined)
    for (let times = 0; times < 2; times++) store.resumeUpdates('shop')
    assert.equal(store.updatesPause('shop'), undefined)
  })
  test('tells the last reason, but for one that a person gave', () => {
    const store = openStore(':memory:')
    store.pauseUpdates('shop', failed)
    store.pauseUpdates('shop', { ...failed, reason: 'release 3 was taken back' })
    assert.match(store.updatesPause('shop')?.reason ?? '', /release 3/)
    store.pauseUpdates('shop', frozen)
    store.pauseUpdates('shop', failed)
    assert.partialDeepStrictEqual(store.updatesPause('shop'), frozen)
  })
  test('that a person wanted does not end by itself', () => {
    const store = openStore(':memory:')
    store.pauseUpdates('shop', frozen)
    store.resumeUpdates('shop', { unlessByHand: true })
    assert.partialDeepStrictEqual(store.updatesPause('shop'), frozen)
    store.pauseUpdates('blog', failed)
    store.resumeUpdates('blog', { unlessByHand: true })
    assert.equal(store.updatesPause('blog'), undefined)
  })
  test('is forgotten with its app', () => {
    const store = openStore(':memory:')
    store.pauseUpdates('shop', frozen)
    store.forgetApp('shop')
    assert.equal(store.updatesPause('shop'), undefined)
  })
})

describe('the store', () => {
  test('still knows everything after the process that wrote it died', (t) => {
    const file = join(temporaryFolder(t), 'muelle.db')
    const first = openStore(file)
    add(first, 1)
    first.activate('shop', 1)
    const id = begin(first)
    for (const phase of ['started', 'done'] as const) {
      first.journal({ app: 'shop', deployment: id, position: 0, step: { kind: 'build' }, phase })
    }
    first.journal({ app: 'shop', deployment: id, position: 1, step: { kind: 'start' }, phase: 'started' })
    const second = openStore(file)
    assert.equal(second.nextRelease('shop'), 2)
    assert.deepEqual(states(second), { 1: 'live' })
    const [unfinished] = second.unfinished('shop')
    assert.partialDeepStrictEqual(unfinished, { id, ...plan, to: 1 })
    assert.deepEqual(
      [...(unfinished?.phases ?? [])],
      [
        [0, 'done'],
        [1, 'started'],
      ],
    )
    first.close()
    second.close()
  })
  test('brings a file of an older Muelle up to date, and keeps what is in it', (t) => {
    const file = join(temporaryFolder(t), 'muelle.db')
    const old = new DatabaseSync(file)
    old.exec(migrations[0] ?? '')
    old.exec("INSERT INTO deployment VALUES (1, 'shop', 'up', NULL, 1, '2026-01-01', NULL, 'running', NULL)")
    old.close()
    const store = openStore(file)
    assert.partialDeepStrictEqual(store.unfinished('shop'), [{ id: 1, plan: [], runner: '' }])
    store.close()
    assert.equal(openStore(file).unfinished('shop').length, 1)
  })
  test('leaves a file as it is that a newer Muelle has brought up to date', (t) => {
    const file = join(temporaryFolder(t), 'muelle.db')
    openStore(file).close()
    const newer = new DatabaseSync(file)
    newer.exec(`CREATE TABLE later (id INTEGER) STRICT; PRAGMA user_version = ${migrations.length + 1}`)
    newer.close()
    const store = openStore(file)
    add(store, 1)
    store.close()
    const after = new DatabaseSync(file)
    assert.equal(after.prepare('PRAGMA user_version').get()?.['user_version'], migrations.length + 1)
    after.close()
    assert.deepEqual(states(openStore(file)), { 1: 'new' })
  })

  test('takes the apps of an older one for production', (t) => {
    const file = join(temporaryFolder(t), 'muelle.db')
    const old = new DatabaseSync(file)
    old.exec(migrations.slice(0, 4).join(''))
    old.exec("INSERT INTO app (name, directory) VALUES ('shop', '/srv/shop'); PRAGMA user_version = 4")
    old.close()
    assert.equal(openStore(file).apps()[0]?.environment, 'production')
  })
  test('forgets one app and keeps the others', () => {
    const store = openStore(':memory:')
    store.rememberApp({ name: 'shop', directory: '/srv/shop', environment: 'production' })
    store.rememberApp({ name: 'blog', directory: '/srv/blog', environment: 'production' })
    add(store, 1)
    begin(store)
    store.forgetApp('shop')
    assert.deepEqual(
      store.apps().map(({ name }) => name),
      ['blog'],
    )
    assert.deepEqual([store.releases('shop'), store.unfinished('shop')], [[], []])
  })
  test('knows the folder from which an app was last deployed, and as which environment', () => {
    const store = openStore(':memory:')
    const environment = 'staging'
    store.rememberApp({ name: 'shop-staging', directory: '/old', environment })
    store.rememberApp({ name: 'shop-staging', directory: '/new', environment })
    assert.deepEqual({ ...store.apps()[0] }, { name: 'shop-staging', directory: '/new', environment })
  })
})

describe('the lease of an app', () => {
  const alive = { ms: 60_000, isAlive: () => true }

  test('belongs to the first who takes it, and its owner may renew it', () => {
    const store = openStore(':memory:')
    assert.equal(store.acquire('shop', 'a', alive), undefined)
    assert.equal(store.acquire('shop', 'b', alive), 'a')
    assert.equal(store.acquire('shop', 'a', alive), undefined)
  })
  test('keeps nobody out of another app', () => {
    const store = openStore(':memory:')
    store.acquire('shop', 'a', alive)
    assert.equal(store.acquire('blog', 'b', alive), undefined)
  })
  test('is taken over from an owner who is dead or late', () => {
    const store = openStore(':memory:')
    store.acquire('shop', 'dead', alive)
    assert.equal(store.acquire('shop', 'b', { ...alive, isAlive: (owner) => owner !== 'dead' }), undefined)
    store.acquire('blog', 'late', { ...alive, ms: -1 })
    assert.equal(store.acquire('blog', 'b', alive), undefined)
  })
  test('does not end because the clock was set', (t) => {
    const store = openStore(':memory:')
    store.acquire('shop', 'a', alive)
    const later = Date.now() + 3_600_000
    t.mock.method(Date, 'now', () => later)
    assert.equal(store.acquire('shop', 'b', alive), 'a')
  })
  test('can only be given back by its owner', () => {
    const store = openStore(':memory:')
    store.acquire('shop', 'a', alive)
    store.release('shop', 'b')
    assert.equal(store.acquire('shop', 'b', alive), 'a')
    store.release('shop', 'a')
    assert.equal(store.acquire('shop', 'b', alive), undefined)
  })
  test('is one for all processes that share the file', (t) => {
    const file = join(temporaryFolder(t), 'muelle.db')
    const [one, two] = [openStore(file), openStore(file)]
    one.acquire('shop', 'a', alive)
    assert.equal(two.acquire('shop', 'b', alive), 'a')
    one.close()
    two.close()
  })
})
