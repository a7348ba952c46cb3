import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shop } from '../../test/support/app.ts'
import { openStore } from '../store/store.ts'
import { onPrevious } from './previous.ts'

test('the previous release is named only where there is one', () => {
  const store = openStore(':memory:')
  const app = shop()
  store.addRelease({ app: app.name, number: 1, commit: null, images: {} })
  assert.equal(onPrevious('Traffic stays', { app, store }), '')
  store.activate(app.name, 1)
  store.addRelease({ app: app.name, number: 2, commit: null, images: {} })
  assert.equal(onPrevious('Traffic stays', { app, store }), 'Traffic stays on the previous release. ')
})
