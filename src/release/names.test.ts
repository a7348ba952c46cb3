import assert from 'node:assert/strict'
import { test } from 'node:test'
import { edgeNetwork, imageTag, releaseContainer, releaseProject, releaseService } from './names.ts'

test('everything of a release carries its number', () => {
  assert.equal(releaseProject('shop', 12), 'shop-r12')
  assert.equal(releaseService('web', 12), 'web-r12')
  assert.equal(imageTag('shop', 'web', 12), 'shop-web:r12')
})

test('a container is named as Compose names replicas', () => {
  assert.equal(releaseContainer('shop', 'web', { release: 12, index: 2 }), 'shop-r12-web-r12-2')
})

test('the edge network belongs to the app, not to a release', () => {
  assert.equal(edgeNetwork('shop'), 'shop_edge')
})
