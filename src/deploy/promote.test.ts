import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { built, composeFile, shop, shopFile } from '../../test/support/app.ts'
import { factsOf } from '../../test/support/facts.ts'
import { fakeContainer, fakeEngine, fakeGateway } from '../../test/support/fake-ports.ts'
import type { App } from '../app/app.ts'
import { readApp } from '../app/read-app.ts'
import { rules } from '../check/rules.ts'
import { createAppFiles } from '../release/files.ts'
import { openStore } from '../store/store.ts'
import { promote } from './promote.ts'
import type { Services } from './with-app.ts'

const images = { web: 'sha256:1', worker: 'sha256:1', beat: 'sha256:1' }
const model = readApp(
  { ...shopFile({ domains: ['staging.example.com'] }), name: 'shop-staging' },
  '/srv/shop',
)
const from = { name: 'shop-staging', environment: 'staging', directory: '/srv/shop' }

/** Release 3 of staging is live, unless `live` says otherwise, and release 4 is on record too. */
async function world({ live = 3, isHere = true } = {}) {
  const calls: string[] = []
  const notes: string[] = []
  const store = openStore(':memory:')
  store.rememberApp(from)
  store.addRelease({ app: from.name, number: 3, commit: 'abc', images })
  store.addRelease({ app: from.name, number: 4, commit: 'def', images: {} })
  store.activate(from.name, 3)
  const gateway = fakeGateway()
  await gateway.flip(gateway.podFor(model.entrance), from.name, live)
  const engine = fakeEngine(
    {
      containers: async ({ app }) => (app === from.name ? [fakeContainer({ app, release: 3 })] : []),
      imageId: async (reference) => (isHere ? reference : undefined),
    },
    (call) => calls.push(call),
  )
  // The first step of a deployment that is reached ends it here.
  engine.pull = async () => {
    throw new Error('reached')
  }
  const services = {
    engine,
    gateway,
    store,
    files: { ...createAppFiles('/state'), readModel: async () => model, keepLatest: async () => undefined },
    clock: { now: () => 0, date: () => 0, sleep: async () => undefined },
    standIns: { has: async () => false, build: async () => undefined },
    runner: '1:1',
  } as unknown as Services
  const allow = rules.map(({ id }) => id)
  const target = { environment: 'production', images: ['nginx:1.30'], replace: [], allow, from }
  const run = (app: App) =>
    promote({ ...target, app, facts: factsOf(app) }, services, {
      emit: (event) => event.type === 'note' && notes.push(event.message),
      signal: new AbortController().signal,
    })
  return { run, calls, notes, store }
}

describe('a promotion is refused before anything is touched', () => {
  const untouched = async (it: Awaited<ReturnType<typeof world>>, app: App, error: object) => {
    await assert.rejects(it.run(app), error)
    assert.deepEqual(it.calls, [])
    assert.deepEqual(
      it.store.apps().map(({ name }) => name),
      [from.name],
    )
  }
  test('when no release of the source is live', async () => {
    await untouched(await world({ live: 2 }), shop(), {
      code: 'RELEASE_UNKNOWN',
      hint: /muelle up --env staging/,
    })
  })
  test('when the file needs a service that the source does not have', async () => {
    const { services, ...rest } = shopFile()
    const app = readApp(composeFile({ ...services, mailer: built }, rest), '/srv/shop')
    const message = 'shop-staging release 3 has no image of mailer, which shop needs.'
    await untouched(await world(), app, {
      code: 'IMAGE_UNAVAILABLE',
      message,
      hint: /muelle up --env staging/,
    })
  })
  test('when an image of it is gone', async () => {
    await untouched(await world({ isHere: false }), shop(), { code: 'IMAGE_UNAVAILABLE', message: /of web,/ })
  })
})

describe('a promotion tells', () => {
  const notes = async (app: App): Promise<string[]> => {
    const it = await world()
    await it.run(app).catch(() => undefined)
    return it.notes
  }
  test('that tests are not run again, when there are some', async () => {
    assert.deepEqual(await notes(shop({ test: ['pytest'] })), [
      'The tests are not run again: the images are those of shop-staging release 3.',
    ])
  })
  test('which services would be built otherwise in the target', async () => {
    const { services, ...rest } = shopFile()
    const web = { ...services['web'], build: { context: '/srv/shop', args: { API: 'https://example.com' } } }
    const told = await notes(readApp(composeFile({ ...services, web }, rest), '/srv/shop'))
    assert.match(told[0] ?? '', /^web has .* it gets the image of shop-staging release 3\.$/)
  })
  test('nothing when there is nothing to tell', async () => assert.deepEqual(await notes(shop()), []))
})
