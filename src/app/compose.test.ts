import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandLine, extraHosts, imageBaseName } from './compose.ts'

for (const [reference, name] of [
  ['postgres', 'postgres'],
  ['postgres:15-alpine', 'postgres'],
  ['timescale/timescaledb:2.19.3-pg17', 'timescaledb'],
  ['registry.example.com:5000/team/redis:7', 'redis'],
  ['nginx@sha256:0123abcd', 'nginx'],
  ['nginx:1.30@sha256:0123abcd', 'nginx'],
  ['', ''],
] as const) {
  test(`the base name of the image "${reference}" is "${name}"`, () => {
    assert.equal(imageBaseName(reference), name)
  })
}

test('the command line is the entrypoint followed by the command', () => {
  assert.equal(
    commandLine({ entrypoint: ['/wait.sh'], command: ['celery', 'worker'] }),
    '/wait.sh celery worker',
  )
  assert.equal(commandLine({ entrypoint: null, command: 'gunicorn shop.wsgi' }), 'gunicorn shop.wsgi')
  assert.equal(commandLine({ entrypoint: null, command: null }), '')
})

test('names of other machines are read as a list and as a map', () => {
  const expected = [{ name: 'db.lan', address: 'fd00::1' }]
  assert.deepEqual(extraHosts({ extra_hosts: ['db.lan=fd00::1'] }), expected)
  assert.deepEqual(extraHosts({ extra_hosts: ['db.lan:fd00::1'] }), expected)
  assert.deepEqual(extraHosts({ extra_hosts: { 'db.lan': 'fd00::1' } }), expected)
  assert.deepEqual(extraHosts({}), [])
})
