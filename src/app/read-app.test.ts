import assert from 'node:assert/strict'
import { test } from 'node:test'
import { built, composeFile, published, shop, shopFile } from '../../test/support/app.ts'
import { readStack } from '../../test/support/stacks.ts'
import { backingServices, releasedServices } from './app.ts'
import type { ComposeService } from './compose.ts'
import { readApp } from './read-app.ts'

const withWeb = (web: ComposeService) => readApp(composeFile({ web: { ...built, ...web } }), '/srv/shop')
const names = (services: readonly { name: string }[]) => services.map(({ name }) => name)

test('without domains the app is served on the port that the file publishes', () => {
  assert.deepEqual(shop().entrance, { kind: 'port', port: 8000, hostIp: '0.0.0.0' })
  const local = withWeb({ ports: [{ target: 80, published: '8080', host_ip: '127.0.0.1', protocol: 'tcp' }] })
  assert.deepEqual(local.entrance, { kind: 'port', port: 8080, hostIp: '127.0.0.1' })
  assert.equal(local.web.port, 80)
})

test('with domains the published port no longer counts', () => {
  const { entrance } = shop({ domains: ['shop.example.com', 'www.example.com'], tls: 'off' })
  assert.deepEqual(entrance, {
    kind: 'domains',
    domains: ['shop.example.com', 'www.example.com'],
    tls: 'off',
  })
})

test('the port of the web service is x-muelle.port, then the published one, then the exposed one', () => {
  assert.equal(withWeb({ ports: published, expose: ['9000'], 'x-muelle': { port: 8080 } }).web.port, 8080)
  assert.equal(withWeb({ ports: published, expose: ['9000'] }).web.port, 8000)
  const exposed = composeFile(
    { web: { ...built, expose: ['9000'], 'x-muelle': { role: 'web' } } },
    { 'x-muelle': { domains: ['a.example.com'] } },
  )
  assert.equal(readApp(exposed, '/srv/shop').web.port, 9000)
})

test('a port for TLS is not the one that is asked, where there is another', () => {
  const both = withWeb({
    ports: [
      { target: 443, published: '443', protocol: 'tcp' },
      { target: 80, published: '80', protocol: 'tcp' },
    ],
  })
  assert.deepEqual([both.web.port, both.entrance], [80, { kind: 'port', port: 80, hostIp: '0.0.0.0' }])
  assert.equal(withWeb({ ports: [{ target: 443, published: '443', protocol: 'tcp' }] }).web.port, 443)
})

test('the health path is x-muelle.health, then that of the health check, then any answer on /', () => {
  const healthcheck = { test: ['CMD-SHELL', 'curl -f http://localhost:8000/health/ || exit 1'] }
  const healthOf = (web: ComposeService) => withWeb({ ports: published, ...web }).web.health
  assert.deepEqual(healthOf({ healthcheck, 'x-muelle': { health: '/up' } }), { path: '/up', strict: true })
  assert.deepEqual(healthOf({ healthcheck }), { path: '/health/', strict: true })
  assert.deepEqual(healthOf({ healthcheck: { test: ['CMD', 'pidof', 'gunicorn'] } }), {
    path: '/',
    strict: false,
  })
  assert.deepEqual(healthOf({}), { path: '/', strict: false })
})

test('static entries name a volume or the folder of a bind mount', () => {
  const { files } = readApp(readStack('certificados'), '/srv/certificados')
  assert.deepEqual(
    files.toSorted((a, b) => a.urlPath.localeCompare(b.urlPath)),
    [
      { urlPath: '/media/', name: 'media', source: '/srv/certificados/media' },
      { urlPath: '/static/', name: 'staticfiles', source: '/srv/certificados/staticfiles' },
    ],
  )
  assert.equal(shop({ static: { '/static/': 'static' } }).files[0]?.source, 'shop_static')
})

test('a static entry that names nothing is refused with the volumes that there are', () => {
  assert.throws(() => shop({ static: { '/static/': 'assets' } }), {
    code: 'CONFIG_INVALID',
    message: /assets is no volume/,
    hint: 'Volumes of the file: data, static',
  })
})

test('a file in which nothing answers HTTP is refused with what to write', () => {
  assert.throws(() => readApp(composeFile({ worker: built }), '/srv/shop'), {
    code: 'NO_WEB_SERVICE',
    hint: /x-muelle: \{port: 8000\}/,
  })
})

test('two services marked as web are refused by name', () => {
  const marked = { ...built, 'x-muelle': { port: 8000 } }
  assert.throws(() => readApp(composeFile({ shop: marked, blog: marked }), '/srv/shop'), {
    code: 'NO_WEB_SERVICE',
    message: /shop and blog/,
  })
})

test('a web service without port, or with neither domain nor published port, is refused', () => {
  assert.throws(() => withWeb({ 'x-muelle': { role: 'web' } }), {
    code: 'NO_WEB_SERVICE',
    message: /no port/,
  })
  assert.throws(() => withWeb({ 'x-muelle': { port: 8000 } }), {
    code: 'NO_WEB_SERVICE',
    message: /neither a domain nor a published port/,
  })
})

test('a project that is named like a release of another one is refused', () => {
  const file = composeFile({ web: { ...built, ports: published } }, { name: 'shop-r2' })
  assert.throws(() => readApp(file, '/srv/shop'), { code: 'CONFIG_INVALID', message: /shop-r2/ })
})

test('replicas are those of deploy.replicas, or one', () => {
  const replicas = Object.fromEntries(shop().services.map((service) => [service.name, service.replicas]))
  assert.deepEqual(replicas, { web: 2, worker: 1, beat: 1, db: 1, redis: 1 })
})

test('replicas are also those of the older key scale', () => {
  assert.equal(withWeb({ ports: published, scale: 3 }).services[0]?.replicas, 3)
})

test('what lasts and what a release replaces are told apart', () => {
  const app = readApp(readStack('orta-novias'), '/srv/orta-novias')
  assert.deepEqual(names(backingServices(app)).sort(), ['db', 'redis'])
  assert.deepEqual(names(releasedServices(app)).sort(), [
    'backend',
    'celery',
    'celery-beat',
    'flower',
    'nginx',
  ])
})

test('the proxy of the Backend-Optimizacion file is its web service, on the port 80', () => {
  const app = readApp(readStack('backend-optimizacion'), '/srv/backend-optimizacion')
  assert.deepEqual(app.web, { service: 'nginx', port: 80, health: { path: '/', strict: false } })
  assert.deepEqual(app.entrance, { kind: 'port', port: 80, hostIp: '0.0.0.0' })
})

test('reading the model leaves the file as it was', () => {
  const file = shopFile({ domains: ['shop.example.com'] })
  const before = structuredClone(file)
  readApp(file, '/srv/shop')
  assert.deepEqual(file, before)
})

test('an image whose name lacks the value of a variable is refused by its name', () => {
  const file = composeFile({ web: { ...built, ports: published }, cron: { image: '/cron:latest' } })
  const refusal = {
    code: 'CONFIG_INVALID',
    message: 'The image of cron is "/cron:latest", which is no name of one.',
  }
  assert.throws(() => readApp(file, '/srv/shop'), refusal)
  const own = composeFile({ web: { ...built, image: 'shop:', ports: published } })
  assert.equal(readApp(own, '/srv/shop').web.service, 'web')
})
