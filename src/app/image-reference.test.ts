import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isImageReference } from './image-reference.ts'

test('names of images are known by the grammar of Docker', () => {
  for (const name of [
    'nginx',
    'postgres:15-alpine',
    'example/shop',
    'ghcr.io/example/my_shop__api:v1.2.3-rc_1',
    'localhost:5000/shop',
    '[::1]:5000/shop',
    `redis:7@sha256:${'a'.repeat(64)}`,
    `sha256:${'a'.repeat(64)}`,
  ])
    assert.ok(isImageReference(name), name)
  for (const none of [
    '',
    '/shop:latest',
    'shop:',
    'example/:1',
    'Shop',
    'shop:a b',
    'shop@sha256:1',
    '-shop',
  ])
    assert.ok(!isImageReference(none), none)
})
