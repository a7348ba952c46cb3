import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shop } from '../../../test/support/app.ts'
import { fakeEngine } from '../../../test/support/fake-ports.ts'
import { createAppFiles } from '../../release/files.ts'
import { openStore } from '../../store/store.ts'
import type { Context } from '../operation.ts'
import { copy } from './record.ts'

test('a copy has the images and the commit of the release that it is made of, in its own app', async () => {
  const calls: string[] = []
  const store = openStore(':memory:')
  const images = { web: 'sha256:1', worker: 'sha256:1', beat: 'sha256:1', db: 'sha256:2' }
  store.addRelease({ app: 'shop', number: 3, commit: 'other', images: {} })
  store.addRelease({ app: 'shop-staging', number: 3, commit: 'abc', images })
  const nothing = async (): Promise<void> => undefined
  const context = {
    app: shop(),
    engine: fakeEngine({}, (call) => calls.push(call)),
    files: { ...createAppFiles('/state'), write: nothing, keepModel: nothing },
    instance: 'muelle',
    store,
  } as unknown as Context
  await copy.run({ kind: 'copy', release: 4, from: 3, app: 'shop-staging' }, context)
  assert.partialDeepStrictEqual(store.releases('shop')[0], { number: 4, commit: 'abc', images, state: 'new' })
  assert.deepEqual(calls, ['engine tagImage sha256:1 shop-web:r4'])
})
