import assert from 'node:assert/strict'
import { test } from 'node:test'
import { built, composeFile, published } from '../../test/support/app.ts'
import { readApp } from '../app/read-app.ts'
import { renderCheck } from './render-check.ts'

test('an image is asked with the environment, mounts and networks of its service, and without its entrypoint', () => {
  const web = {
    ...built,
    ports: published,
    container_name: 'shop',
    entrypoint: ['./migrate-first.sh'],
    command: ['gunicorn', 'shop.wsgi'],
    environment: { DEBUG: 'False' },
    volumes: [{ type: 'volume', source: 'media', target: '/media' }],
    networks: { backend: { aliases: ['api'] } },
  }
  const file = composeFile(
    { web },
    { networks: { backend: { name: 'shop_backend' } }, volumes: { media: { name: 'shop_media' } } },
  )
  const app = readApp(file, '/srv/shop')
  const service = app.services[0]
  assert.ok(service !== undefined)
  const rendered = renderCheck(
    app,
    { service, argv: ['python', '-c', 'x'] },
    { images: { web: 'sha256:1' }, instance: 'muelle' },
  )
  assert.equal(rendered.name, 'shop-check')
  assert.deepEqual(rendered.services['check'], {
    image: 'sha256:1',
    pull_policy: 'never',
    entrypoint: ['python', '-c', 'x'],
    restart: 'no',
    environment: { DEBUG: 'False' },
    volumes: web.volumes,
    networks: { backend: null },
    labels: {
      'org.muelle.app': 'shop',
      'org.muelle.instance': 'muelle',
      'org.muelle.role': 'check',
      'org.muelle.service': 'check',
    },
  })
  assert.deepEqual(rendered.networks, { backend: { name: 'shop_backend', external: true } })
})
