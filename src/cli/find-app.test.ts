import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openStore } from '../store/store.ts'
import type { Io } from './command.ts'
import { findApp, findApps } from './find-app.ts'

const store = openStore(':memory:')
for (const [name, directory, environment] of [
  ['shop', '/srv/shop', 'production'],
  ['shop-staging', '/srv/shop', 'staging'],
  ['blog-staging', '/srv/blog', 'staging'],
] as const)
  store.rememberApp({ name, directory, environment })

const from = (cwd: string): Io => ({ cwd }) as Io
const find = (cwd: string, options: Record<string, string>, named?: string) =>
  findApp({ args: [], options }, from(cwd), { store, named })

describe('the app of a command is', () => {
  test('that of the folder, in production', () => assert.equal(find('/srv/shop', {}), 'shop'))
  test('that of the folder, in the environment that is named', () => {
    assert.equal(find('/srv/shop', { env: 'staging' }), 'shop-staging')
    assert.equal(find('/', { directory: 'srv/shop', env: 'staging' }), 'shop-staging')
    assert.equal(find('/srv', { env: 'staging' }, 'blog'), 'blog-staging')
  })
  test('the one that is named, by its project and environment or by its own name', () => {
    assert.equal(find('/', { app: 'shop' }), 'shop')
    assert.equal(find('/', { app: 'shop', env: 'staging' }), 'shop-staging')
    assert.equal(find('/', { app: 'shop-staging' }), 'shop-staging')
    assert.equal(find('/', { app: 'shop-staging', env: 'staging' }), 'shop-staging')
    assert.equal(find('/', { env: 'staging' }, 'shop'), 'shop-staging')
  })
})

describe('no app is', () => {
  const unknown = (hint: RegExp, message: RegExp) => ({ code: 'APP_UNKNOWN', message, hint })
  test('that of a folder from which only another environment is deployed', () => {
    assert.throws(
      () => find('/srv/blog', {}),
      unknown(/blog-staging \(staging\)/, /\/srv\/blog as production\.$/),
    )
  })
  test('one that is named with an environment that it does not have', () => {
    assert.throws(
      () => find('/', { app: 'shop', env: 'qa' }),
      unknown(/--env/, /shop is deployed here as qa\.$/),
    )
    assert.throws(
      () => find('/', { app: 'shop-staging', env: 'production' }),
      unknown(/--env/, /as production/),
    )
  })
  test('that of a folder from which none is deployed', () => {
    assert.throws(() => find('/srv', {}), unknown(/Deployed here: /, /from \/srv\.$/))
  })
  test('one in an environment that could be none', () => {
    assert.throws(() => find('/srv/shop', { env: 'r2' }), { code: 'USAGE' })
  })
})

describe('a command about all apps is about', () => {
  const all = (options: Record<string, string>, named?: string) =>
    findApps({ args: [], options }, from('/srv/shop'), { store, named })

  test('all of them, also in the folder of one', () => {
    assert.deepEqual(all({}), ['blog-staging', 'shop', 'shop-staging'])
  })
  test('those of an environment', () => assert.deepEqual(all({ env: 'production' }), ['shop']))
  test('one that is named', () => {
    assert.deepEqual(all({}, 'shop'), ['shop'])
    assert.deepEqual(all({ app: 'shop', env: 'staging' }), ['shop-staging'])
    assert.deepEqual(all({ directory: '.' }), ['shop'])
  })
})
