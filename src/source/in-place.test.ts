import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { built, composeFile, published } from '../../test/support/app.ts'
import type { ComposeMount, ComposeService } from '../app/compose.ts'
import { inPlace } from './in-place.ts'

const places = {
  checkout: '/state/checkouts/1/shop',
  home: '/srv/shop',
  tracked: new Set(['nginx.conf', 'conf/a.conf', 'uploads/.gitkeep', 'app/main.py', 'db/init.sql']),
}
const bind = (path: string, more: Partial<ComposeMount> = {}): ComposeMount => ({
  type: 'bind',
  source: `${places.checkout}${path}`,
  target: '/there',
  ...more,
})
const placed = (service: Partial<ComposeService>, rest = {}) => {
  const web = { ...built, ports: published, ...service }
  const db = { image: 'postgres:15', volumes: [bind('/db', { read_only: true }), bind('/pgdata')] }
  return inPlace(composeFile({ web, db }, rest), places)
}
const sources = ({ volumes = [] }: ComposeService = {}) => volumes.map(({ source }) => source)

describe('of a checkout', () => {
  test('what is in Git is mounted from it, what is not from the folder of the app', () => {
    const volumes = [
      bind('/nginx.conf'),
      bind('/conf', { read_only: true }),
      bind('/media'),
      bind('/uploads'),
      bind('/secret.json'),
    ]
    assert.deepEqual(sources(placed({ volumes }).services['web']), [
      '/state/checkouts/1/shop/nginx.conf',
      '/state/checkouts/1/shop/conf',
      '/srv/shop/media',
      '/srv/shop/uploads',
      '/srv/shop/secret.json',
    ])
  })
  test('a database mounts what it always did, so an update is no change of it', () => {
    assert.deepEqual(sources(placed({}).services['db']), ['/srv/shop/db', '/srv/shop/pgdata'])
  })
  test('other mounts are left alone', () => {
    const volumes = [
      { type: 'volume', source: 'media', target: '/media' },
      { type: 'bind', source: '/etc/localtime', target: '/etc/localtime' },
      { type: 'bind', source: '/state/checkouts/1/shop-other', target: '/a' },
    ]
    assert.deepEqual(placed({ volumes }).services['web']?.volumes, volumes)
  })
  test('what is in Git is not written into', () => {
    for (const path of ['', '/app', '/conf'])
      assert.throws(() => placed({ volumes: [bind(path)] }), { code: 'SOURCE_UNUSABLE' }, path)
  })
  test('files of secrets are mounted from where they are', () => {
    const secrets = {
      key: { name: 'key', file: `${places.checkout}/key.txt` },
      shown: { name: 'shown', file: `${places.checkout}/conf/a.conf` },
      variable: { name: 'variable', environment: 'TOKEN' },
    }
    assert.deepEqual(placed({}, { secrets })['secrets'], {
      key: { name: 'key', file: '/srv/shop/key.txt' },
      shown: { name: 'shown', file: `${places.checkout}/conf/a.conf` },
      variable: { name: 'variable', environment: 'TOKEN' },
    })
  })
})
