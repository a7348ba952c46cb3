import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { built, composeFile, published, shopFile, waitsFor } from '../../test/support/app.ts'
import { anyFile } from '../../test/support/arbitrary-file.ts'
import { readStack, type Stack } from '../../test/support/stacks.ts'
import type { ComposeFile, ComposeService } from './compose.ts'
import { inferRoles } from './roles.ts'
import { readSettings } from './settings.ts'

const rolesOf = (file: ComposeFile) =>
  Object.fromEntries(
    Object.entries(inferRoles(file, readSettings(file).services)).map(([name, { role }]) => [name, role]),
  )
/** The role of one service beside a web service that names its port. */
const roleOf = (service: ComposeService, others: Record<string, ComposeService> = {}) =>
  rolesOf(composeFile({ site: { ...built, 'x-muelle': { port: 8000 } }, it: service, ...others }))['it']

describe('a single service', () => {
  test('with an HTTP port is the web service', () => {
    assert.deepEqual(rolesOf(composeFile({ web: { ...built, ports: published } })), { web: 'web' })
  })
  test('whose only port is UDP is a worker', () => {
    assert.equal(roleOf({ ...built, ports: [{ target: 514, published: '514', protocol: 'udp' }] }), 'worker')
  })
  test('built from the app without a port is a worker', () => {
    assert.equal(roleOf({ ...built, command: 'celery -A shop worker' }), 'worker')
  })
  test('that runs a Celery worker is a worker, also with the ports of the app that it is merged from', () => {
    const worker = { ...built, command: 'celery -A shop worker -l info', expose: ['8000'], ports: published }
    assert.equal(roleOf(worker), 'worker')
    assert.equal(
      roleOf({ ...worker, command: 'sh -c "celery -A shop worker -D && gunicorn shop.wsgi"' }),
      'internal',
    )
  })
  test('that runs celery beat is a singleton, alone or inside a worker', () => {
    assert.equal(roleOf({ ...built, command: 'celery -A shop beat -l info' }), 'singleton')
    assert.equal(roleOf({ ...built, entrypoint: ['celery'], command: ['-A', 'shop', 'beat'] }), 'singleton')
    assert.equal(roleOf({ ...built, command: 'celery -A shop worker --beat' }), 'singleton')
    assert.equal(roleOf({ ...built, command: '/start-celerybeat' }), 'singleton')
    assert.equal(roleOf({ ...built, command: 'celery -A shop worker -B -l info' }), 'singleton')
  })
  test('that an own proxy of the file waits for is internal, though it publishes no port', () => {
    const proxy = { image: 'nginx:alpine', depends_on: waitsFor('it', 'service_started') }
    assert.equal(roleOf(built, { proxy }), 'internal')
    assert.equal(roleOf(built, { mailer: { ...proxy, image: 'example/mailer:1' } }), 'worker')
  })
  test('that exposes a port, or runs an app server, is internal', () => {
    assert.equal(roleOf({ ...built, expose: ['8000'] }), 'internal')
    assert.equal(roleOf({ ...built, command: 'gunicorn shop.wsgi' }), 'internal')
  })
  test('that is updated stop-first is a singleton', () => {
    const deploy = { update_config: { order: 'stop-first' } }
    assert.equal(roleOf({ ...built, deploy }), 'singleton')
    assert.equal(roleOf({ ...built, deploy, command: 'celery -A shop worker' }), 'singleton')
  })
  test('whose end another one waits for is a job', () => {
    const after = { ...built, depends_on: waitsFor('it', 'service_completed_successfully') }
    assert.equal(roleOf({ ...built, command: 'python manage.py migrate' }, { after }), 'job')
  })
  test('with the image of a database is backing, even when it publishes its port', () => {
    assert.equal(roleOf({ image: 'mysql:8.0', ports: published }), 'backing')
    assert.equal(roleOf({ image: 'bitnami/postgresql:17', ports: published }), 'backing')
  })
  test('with a volume that nobody else mounts is backing', () => {
    const volumes = [{ type: 'volume', source: 'index', target: '/data' }]
    assert.equal(roleOf({ image: 'example/search:1', volumes }), 'backing')
    assert.equal(roleOf({ image: 'example/search:1', volumes }, { other: { image: 'x', volumes } }), 'worker')
  })
  test('built here is backing where it keeps the data of a database, so that no release puts a second one on it', () => {
    const keeps = (target: string, rest = {}) => [{ type: 'volume', source: 'data', target, ...rest }]
    for (const target of ['/var/lib/postgresql/data', '/var/lib/mysql', '/data/db', '/var/lib/rabbitmq'])
      assert.equal(roleOf({ ...built, volumes: keeps(target), ports: published }), 'backing', target)
    for (const volumes of [keeps('/srv/media'), keeps('/var/lib/mysql', { read_only: true })])
      assert.equal(roleOf({ ...built, volumes }), 'worker')
  })
  test('built here beside the database whose data it copies is no database itself', () => {
    const volumes = [{ type: 'volume', source: 'data', target: '/var/lib/postgresql/data' }]
    assert.equal(roleOf({ ...built, volumes }, { db: { image: 'postgres:17', volumes } }), 'worker')
  })
  test('that runs certbot is replaced', () => {
    assert.equal(roleOf({ image: 'certbot/certbot:latest' }), 'replaced')
    const file = composeFile({
      web: { ...built, ports: published },
      certbot: { ...built, command: 'echo no' },
    })
    assert.deepEqual(rolesOf(file), { web: 'web', certbot: 'replaced' })
    assert.equal(roleOf({ image: 'alpine', command: ['sh', '-c', 'certbot renew'] }), 'replaced')
  })
  test('keeps the role that x-muelle gives it, whatever it looks like', () => {
    const { it: decision } = inferRoles(composeFile({ it: { image: 'postgres:15' } }), {
      it: { role: 'job' },
    })
    assert.deepEqual(decision, { role: 'job', reason: 'x-muelle.role' })
  })
})

describe('several services that could be the web one', () => {
  const port = (number: string) => [{ target: 8000, published: number, protocol: 'tcp' }]

  test('a proxy of the file wins, and the others are internal behind it', () => {
    const file = composeFile({
      api: { ...built, ports: port('80') },
      proxy: { image: 'nginx:alpine', ports: port('443') },
    })
    const roles = inferRoles(file, {})
    assert.equal(roles['proxy']?.role, 'web')
    assert.deepEqual(roles['api'], { role: 'internal', reason: 'behind proxy' })
  })
  test('without a proxy the lowest published port wins', () => {
    const file = composeFile({
      flower: { ...built, ports: port('5555') },
      api: { ...built, ports: port('80') },
    })
    assert.deepEqual(rolesOf(file), { flower: 'internal', api: 'web' })
  })
  test('a tool beside the app is not what visitors are meant for, whatever its port', () => {
    const tools: ComposeService[] = [
      { ...built, command: 'celery -A shop flower' },
      { ...built, command: '/start-flower' },
      { image: 'dpage/pgadmin4:9' },
      { image: 'axllent/mailpit' },
    ]
    for (const tool of tools) {
      const file = composeFile({
        tool: { ...tool, ports: port('5050') },
        api: { ...built, ports: port('8000') },
      })
      assert.deepEqual(rolesOf(file), { tool: 'internal', api: 'web' })
    }
    const alone = composeFile({ tool: { image: 'adminer:5', ports: port('8080') } })
    assert.deepEqual(rolesOf(alone), { tool: 'web' })
  })
  test('x-muelle.port wins over a proxy', () => {
    const file = composeFile({
      api: { ...built, ports: port('8000'), 'x-muelle': { port: 8000 } },
      proxy: { image: 'nginx:alpine', ports: port('80') },
    })
    assert.deepEqual(rolesOf(file), { api: 'web', proxy: 'internal' })
  })
})

test('whatever the file holds, one service is the web one and every decision has a reason', () => {
  fc.assert(
    fc.property(anyFile, (file) => {
      const decisions = Object.values(inferRoles(file, readSettings(file).services))
      assert.equal(decisions.length, Object.keys(file.services).length)
      assert.equal(decisions.filter(({ role }) => role === 'web').length, 1)
      assert.ok(decisions.every(({ reason }) => reason !== ''))
    }),
  )
})

test('the sample shop has every usual role', () => {
  assert.deepEqual(rolesOf(shopFile()), {
    web: 'web',
    worker: 'worker',
    beat: 'singleton',
    db: 'backing',
    redis: 'backing',
  })
})

const stacks: Record<Stack, Record<string, string>> = {
  timescale: { nginx: 'web', webapp: 'internal', redis: 'backing', timescaledb: 'backing' },
  'orta-novias': {
    nginx: 'web',
    backend: 'internal',
    celery: 'worker',
    'celery-beat': 'singleton',
    flower: 'internal',
    certbot: 'replaced',
    db: 'backing',
    redis: 'backing',
  },
  'backend-optimizacion': {
    nginx: 'web',
    web: 'internal',
    celery: 'worker',
    'celery-beat': 'singleton',
    db: 'backing',
    redis: 'backing',
  },
  wisebet: { nginx: 'web', backend: 'internal', certbot: 'replaced' },
  certificados: { web: 'web', db: 'backing', redis: 'backing' },
}

for (const [name, expected] of Object.entries(stacks)) {
  test(`the roles in the file of ${name}`, () => {
    assert.deepEqual(rolesOf(readStack(name as Stack)), expected)
  })
}
