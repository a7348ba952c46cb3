import assert from 'node:assert/strict'
import { test } from 'node:test'
import { built, composeFile, published, waitsFor } from '../../test/support/app.ts'
import { readStack } from '../../test/support/stacks.ts'
import { servicesBehind } from './behind.ts'
import type { ComposeService } from './compose.ts'
import { readApp } from './read-app.ts'

/** What stands behind a proxy that waits for `api`. */
const behind = (api: ComposeService, others: Record<string, ComposeService> = {}) =>
  servicesBehind(
    readApp(
      composeFile({
        proxy: { image: 'nginx:alpine', ports: published, depends_on: waitsFor('api') },
        api: { ...built, ...api },
        ...others,
      }),
      '/srv/shop',
    ),
  )

test('the app behind the proxy of the Backend-Optimizacion file is asked on its port, for any answer', () => {
  const app = readApp(readStack('backend-optimizacion'), '/srv/backend-optimizacion')
  const http = { port: 8000, path: '/', strict: false }
  assert.deepEqual(servicesBehind(app), [{ service: 'web', http }])
})

test('a URL in the health check says what to ask', () => {
  const app = readApp(readStack('orta-novias'), '/srv/orta-novias')
  const http = { port: 8000, path: '/health/', strict: true }
  assert.deepEqual(servicesBehind(app), [{ service: 'backend', http }])
  const healthcheck = { test: ['CMD', 'curl', '-f', 'http://localhost:9000/up'] }
  assert.deepEqual(behind({ healthcheck })[0]?.http, { port: 9000, path: '/up', strict: true })
})

test('another health check is left to say so itself, and one that is off says nothing', () => {
  const expose = ['50051']
  assert.equal(behind({ expose, healthcheck: { test: ['CMD', 'grpc-ready'] } })[0]?.http, undefined)
  const off = { test: ['CMD', 'grpc-ready'], disable: true }
  assert.equal(behind({ expose, healthcheck: off })[0]?.http?.port, 50_051)
})

test('a port that the file does not name is not guessed', () => {
  assert.deepEqual(behind({}), [{ service: 'api', http: undefined }])
})

test('what a service behind it waits for counts too, but no worker and nothing that lasts', () => {
  const names = behind(
    { depends_on: { ...waitsFor('search'), ...waitsFor('db'), ...waitsFor('worker') } },
    {
      search: { ...built, expose: ['9200'], depends_on: waitsFor('api') },
      worker: built,
      db: { image: 'postgres:15' },
      beside: { ...built, expose: ['7000'] },
    },
  ).map(({ service }) => service)
  assert.deepEqual(names, ['api', 'search'])
})

test('nothing stands behind a web service that waits for nobody', () => {
  assert.deepEqual(servicesBehind(readApp(readStack('certificados'), '/srv/certificados')), [])
})
