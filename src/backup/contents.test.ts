import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { composeFile, shop, shopFile } from '../../test/support/app.ts'
import { readApp } from '../app/read-app.ts'
import { backupSettings, contentsOf, outsideOf, projectExcludes } from './contents.ts'
import { recordedServices } from './history/layout.ts'

const volume = (source: string, target: string) => ({ type: 'volume', source, target })
const bind = (source: string, target: string, read_only = false) => ({
  type: 'bind',
  source,
  target,
  read_only,
})

/** The shop with mounts of its web service, and other databases. */
function withMounts(mounts: ReturnType<typeof volume>[], settings: Record<string, unknown> = {}) {
  const file = shopFile(settings)
  const services = { ...file.services, web: { ...file.services['web'], volumes: mounts } }
  return readApp({ ...file, services }, '/srv/shop')
}

describe('a restore point holds', () => {
  test('the PostgreSQL of an app, and says that it leaves its Redis out', () => {
    const { databases, without, unsupported } = contentsOf(shop())
    assert.deepEqual(databases, [{ service: 'db', kind: 'postgres' }])
    assert.deepEqual(without, [{ service: 'redis', kind: 'redis' }])
    assert.deepEqual(unsupported, [])
  })
  test('a database that is built here as a dump, never as the files under a server that runs', () => {
    const file = shopFile()
    const db = { ...file.services['db'], image: 'shop_database', build: { context: '/srv/shop/db' } }
    const { databases, media } = contentsOf(
      readApp({ ...file, services: { ...file.services, db } }, '/srv/shop'),
    )
    assert.deepEqual(databases, [{ service: 'db', kind: 'postgres' }])
    assert.deepEqual(media, [])
  })
  test('nothing of an app whose database cannot be dumped: that is refused', () => {
    const web = { build: {}, expose: ['8000'], ports: [{ target: 8000, published: '8000' }] }
    const app = readApp(composeFile({ web, db: { image: 'mongo:7' }, cache: { image: 'memcached' } }), '/srv')
    assert.deepEqual(contentsOf(app).unsupported, [{ service: 'db', kind: 'mongo' }])
    assert.deepEqual(contentsOf(app).without, [])
  })
  test('volumes under their full names, and never the volume of a database', () => {
    const app = withMounts([volume('uploads', '/media'), volume('data', '/backups')])
    assert.deepEqual(contentsOf(app).media, [{ key: 'uploads', source: 'shop_uploads' }])
  })
  test('folders of the project, but neither the code nor what is read-only nor devices', () => {
    const app = withMounts([
      bind('/srv/shop', '/app'),
      bind('/srv', '/all'),
      bind('/srv/shop/media', '/media'),
      bind('/srv/shop/nginx', '/conf', true),
      bind('/var/run/docker.sock', '/var/run/docker.sock'),
      bind('/mnt/big disk/files', '/files'),
    ])
    assert.deepEqual(contentsOf(app).media, [
      { key: 'media', source: '/srv/shop/media' },
      { key: 'mnt-big-disk-files', source: '/mnt/big disk/files' },
    ])
  })
  test('folders of an app that is deployed from a checkout under the names that they had before', () => {
    const app = withMounts([bind('/srv/shop/media', '/media')])
    const updated = { ...app, directory: '/state/checkouts/1/shop', home: '/srv/shop' }
    assert.deepEqual(contentsOf(updated).media, contentsOf(app).media)
    assert.equal(contentsOf(updated).media[0]?.key, 'media')
  })
  test('collected static files only where nothing collects them anew', () => {
    const mounts = [volume('static_volume', '/static'), volume('media', '/media')]
    const collecting = contentsOf(withMounts(mounts, { release: ['python manage.py collectstatic'] }))
    assert.deepEqual(collecting.rebuilt, ['static_volume'])
    assert.deepEqual(contentsOf(withMounts(mounts)).rebuilt, [])
  })
  test('nothing that the file excludes', () => {
    const mounts = [volume('thumbs', '/thumbs'), volume('media', '/media')]
    const app = withMounts(mounts, { backups: { exclude: ['thumbs'] } })
    assert.deepEqual(
      contentsOf(app).media.map(({ key }) => key),
      ['media'],
    )
    assert.deepEqual(contentsOf(app).rebuilt, ['thumbs'])
  })
})

describe('a database outside Docker', () => {
  const outside = { shop_db: { image: 'postgres:17' } }
  test('is in a restore point beside those of the file, and has no history', () => {
    const app = shop({ backups: { outside, point_in_time: 7 } })
    assert.deepEqual(
      contentsOf(app).databases.map(({ service }) => service),
      ['db', 'shop_db'],
    )
    assert.deepEqual(outsideOf(app, 'shop_db'), outside.shop_db)
    assert.equal(outsideOf(app, 'db'), undefined)
    assert.deepEqual(recordedServices(app), ['db'])
  })
  test('has no name of a service, and none that Docker does not take', () => {
    for (const name of ['db', 'Shop', '../x', 'a'.repeat(32)])
      assert.throws(() => shop({ backups: { outside: { [name]: { image: 'postgres:17' } } } }), {
        code: 'CONFIG_INVALID',
      })
  })
  test('is named by variables and not by values, which a failure does not repeat', () => {
    const url = 'postgres://ana:hush@db.example.com/shop'
    assert.throws(
      () => shop({ backups: { outside: { shop_db: { image: 'postgres:17', url } } } }),
      ({ code, message }: { code: string; message: string }) =>
        code === 'CONFIG_INVALID' &&
        /write the name of a variable/.test(message) &&
        !message.includes('hush'),
    )
  })
})

describe('the project folder', () => {
  test('is kept without what is kept beside it, and without what can be made again', () => {
    const file = shopFile()
    const services = {
      ...file.services,
      web: {
        ...file.services['web'],
        volumes: [bind('/srv/shop/media', '/media'), bind('/srv/else', '/else')],
      },
      db: {
        ...file.services['db'],
        volumes: [
          bind('/srv/shop/pg', '/var/lib/postgresql/data'),
          bind('/srv/shop/init.sql', '/docker-entrypoint-initdb.d/init.sql'),
        ],
      },
    }
    const app = readApp({ ...file, services }, '/srv/shop')
    const excludes = projectExcludes(app, contentsOf(app).media)
    assert.deepEqual(
      excludes.filter((pattern) => !pattern.startsWith('**/')),
      ['media', 'pg'],
    )
    assert.ok(excludes.includes('**/node_modules'))
  })
})

describe('the settings of backups', () => {
  test('are the usual ones in a model that an older Muelle has kept', () => {
    const keep = { last: 3, daily: 7, weekly: 4, monthly: 6 }
    const old = { settings: { backups: { keep, exclude: [] } } } as unknown as ReturnType<typeof shop>
    assert.deepEqual(backupSettings(old), backupSettings(shop({ backups: {} })))
    assert.deepEqual(backupSettings(shop()).keep, keep)
  })
  for (const to of [
    'backups',
    './backups',
    '-o',
    'sftp:host:/b',
    'rest:https://me:hush@host/b',
    's3:two words',
  ]) {
    test(`refuse ${to} as a repository`, () => {
      assert.throws(() => shop({ backups: { to } }), { code: 'CONFIG_INVALID' })
    })
  }
  test('always keep the last one', () => {
    assert.throws(() => shop({ backups: { keep: { last: 0 } } }), { code: 'CONFIG_INVALID' })
  })
})
