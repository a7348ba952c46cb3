import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shop } from '../../test/support/app.ts'
import { fakeCertificates, fakeEngine, fakeGateway, fakeVault } from '../../test/support/fake-ports.ts'
import { createAppFiles } from '../release/files.ts'
import { openStore } from '../store/store.ts'
import { takeDown } from './take-down.ts'
import type { Services } from './with-app.ts'

/** What was taken from the disk with the app. */
async function forgotten(volumes: boolean): Promise<string[]> {
  const calls: string[] = []
  const files = {
    ...createAppFiles('/state'),
    readLatest: async () => shop(),
    forgetApp: async () => undefined,
  }
  const services: Partial<Services> = {
    engine: fakeEngine({}, (call) => calls.push(call)),
    gateway: fakeGateway(),
    certificates: fakeCertificates,
    store: openStore(':memory:'),
    files,
    secrets: { ...fakeVault, forget: async (app) => void calls.push(`secrets of ${app}`) },
  }
  const control = { emit: () => undefined, signal: new AbortController().signal }
  await takeDown({ name: 'shop', volumes }, services as Services, control)
  return calls.filter((call) => /removeVolume|secrets|:ejected/.test(call))
}

test('an app that is taken down leaves its volumes, the secrets that open what is in them, and what an ejected folder starts', async () => {
  assert.deepEqual(await forgotten(false), [])
})

test('it leaves none of them when its volumes go too', async () => {
  const calls = await forgotten(true)
  assert.deepEqual(calls.toSorted(), [
    'engine removeImage shop-web:ejected',
    'engine removeVolume shop_data',
    'engine removeVolume shop_static',
    'secrets of shop',
  ])
})
