import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lifeLines } from './end-of-life.ts'
import { compareVersions, readImageName, versionOf } from './images.ts'

test('an image reference has a name, a tag and a digest', () => {
  assert.deepEqual(readImageName('registry:5000/team/app'), {
    name: 'registry:5000/team/app',
    tag: undefined,
    digest: undefined,
  })
  assert.deepEqual(readImageName('registry:5000/team/app:1.2@sha256:ab'), {
    name: 'registry:5000/team/app',
    tag: '1.2',
    digest: 'sha256:ab',
  })
})

test('versions are compared as far as both go', () => {
  assert.deepEqual(versionOf('7.2.4-alpine'), [7, 2, 4])
  assert.deepEqual(versionOf('alpine'), [])
  assert.ok(compareVersions([1, 25], [1, 30, 4]) < 0)
  assert.equal(compareVersions([1, 30], [1, 30, 4]), 0)
  assert.ok(compareVersions([10], [9, 9]) > 0)
})

test('the end of an image is that of what it holds, and of the Debian below', () => {
  const ends = (image: string, tag: string) => lifeLines(image, tag).map(({ name }) => name)
  assert.deepEqual(ends('python', '3.9.18-slim-buster'), ['python 3.9', 'debian 10'])
  assert.deepEqual(ends('python', '3.13-slim'), [])
  assert.deepEqual(ends('postgres', '9.6'), ['postgres 9'])
  assert.deepEqual(ends('timescaledb', '2.11.0-pg12'), ['postgres 12'])
  assert.deepEqual(ends('debian', 'bullseye-slim'), ['debian 11'])
  assert.deepEqual(ends('mysql', '8.4'), [])
  assert.deepEqual(ends('example', '1'), [])
})
