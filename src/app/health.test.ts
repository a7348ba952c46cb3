import assert from 'node:assert/strict'
import { test } from 'node:test'
import { knownHealthCommand } from './health.ts'

for (const [image, program] of [
  ['postgres:15', 'pg_isready'],
  ['timescale/timescaledb-ha:pg17', 'pg_isready'],
  ['valkey/valkey:8', 'redis-cli'],
  ['eqalpha/keydb:latest', 'keydb-cli'],
  ['mysql:8.0', 'mysqladmin'],
  ['mariadb:11', 'mariadb-admin'],
] as const) {
  test(`${image} is asked with ${program}`, () => {
    assert.match(knownHealthCommand({ image })?.join(' ') ?? '', new RegExp(`\\b${program}\\b`))
  })
}

test('databases are asked over TCP, because their set-up answers on the socket only', () => {
  for (const image of ['postgres:15', 'mysql:8.0']) {
    assert.match(knownHealthCommand({ image })?.join(' ') ?? '', /--host 127\.0\.0\.1/)
  }
})

test('an image that only resembles a known one has no known command', () => {
  assert.equal(knownHealthCommand({ image: 'postgres-exporter:1' }), undefined)
  assert.equal(knownHealthCommand({ image: 'rabbitmq:4' }), undefined)
})

test('a server that is built here is asked as the one whose data it keeps', () => {
  const build = { context: '/srv/shop' }
  const volumes = [{ type: 'volume', source: 'data', target: '/var/lib/postgresql/data' }]
  assert.equal(knownHealthCommand({ build, image: 'shop_database', volumes })?.[0], 'pg_isready')
  assert.equal(knownHealthCommand({ build, image: 'shop_web' }), undefined)
})
