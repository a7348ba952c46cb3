import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { installConfiguration, reloaded, type Validate } from './configuration.ts'
import type { Presence } from './presence.ts'

const accept: Validate = async () => undefined
const refuse: Validate = async () => 'nginx: [warn] old\nnginx: [emerg] invalid server name\n'

const presence = (app: string, domain = `${app}.example.com`): Presence => ({
  site: { app, domains: [domain], tls: undefined, files: [], probeToken: 'secret' },
  arms: [{ app, release: 1, servers: [`${app}-r1-web-1`], port: 8000, probeToken: 'secret' }],
  mounts: [],
})

function installed(folder: string) {
  return {
    read: (name: string) => readFile(join(folder, 'current', name), 'utf8'),
    sites: async () => (await readdir(join(folder, 'current', 'sites'))).sort(),
    link: () => readlink(join(folder, 'current')),
  }
}

async function withShop(t: TestContext) {
  const folder = temporaryFolder(t)
  await installConfiguration(folder, [presence('shop')], accept)
  await reloaded(folder)
  return { folder, ...installed(folder) }
}

test('each app gets a file of its own beside the main one', async (t) => {
  const folder = temporaryFolder(t)
  assert.equal(await installConfiguration(folder, [presence('shop'), presence('blog')], accept), true)
  const { read, sites } = installed(folder)
  assert.deepEqual(await sites(), ['blog.conf', 'shop.conf'])
  assert.match(await read('sites/shop.conf'), /server_name shop\.example\.com;/)
  assert.match(await read('nginx.conf'), /include sites\/\*\.conf;/)
})

test('nginx is asked about the candidate, before anything is replaced', async (t) => {
  const { folder, read } = await withShop(t)
  await installConfiguration(folder, [presence('shop', 'new.example.com')], async (file) => {
    assert.equal(file, '/etc/muelle/candidate/nginx.conf')
    assert.match(await readFile(join(folder, 'candidate', 'sites', 'shop.conf'), 'utf8'), /new\.example\.com/)
    assert.match(await read('sites/shop.conf'), /shop\.example\.com/)
    return undefined
  })
  assert.match(await read('sites/shop.conf'), /new\.example\.com/)
})

test('a candidate that nginx refuses leaves the last good configuration in place', async (t) => {
  const { folder, read, sites, link } = await withShop(t)
  const before = { main: await read('nginx.conf'), shop: await read('sites/shop.conf'), link: await link() }
  await assert.rejects(installConfiguration(folder, [presence('shop'), presence('blog')], refuse), {
    code: 'GATEWAY_CONFIG_INVALID',
    log: ['nginx: [warn] old', 'nginx: [emerg] invalid server name'],
  })
  assert.deepEqual(
    { main: await read('nginx.conf'), shop: await read('sites/shop.conf'), link: await link() },
    before,
  )
  assert.deepEqual(await sites(), ['shop.conf'])
  assert.ok(!(await readdir(folder)).includes('candidate'))
})

test('after a refusal the next good configuration is installed', async (t) => {
  const { folder, read } = await withShop(t)
  await assert.rejects(installConfiguration(folder, [presence('shop', 'bad')], refuse))
  await installConfiguration(folder, [presence('shop', 'good.example.com')], accept)
  assert.match(await read('sites/shop.conf'), /good\.example\.com/)
})

test('what is installed already is neither checked nor replaced', async (t) => {
  const { folder, link } = await withShop(t)
  const before = await link()
  const never: Validate = () => assert.fail('asked nginx')
  assert.equal(await installConfiguration(folder, [presence('shop')], never), false)
  assert.equal(await link(), before)
})

test('nginx has to be told until it was, even by a process that comes after a crash', async (t) => {
  const { folder } = await withShop(t)
  const install = (domain: string) => installConfiguration(folder, [presence('shop', domain)], accept)
  assert.equal(await install('new.example.com'), true)
  assert.equal(await install('new.example.com'), true)
  await reloaded(folder)
  assert.equal(await install('new.example.com'), false)
})

test('a refused configuration asks for no reload', async (t) => {
  const { folder } = await withShop(t)
  await assert.rejects(installConfiguration(folder, [presence('shop', 'bad')], refuse))
  assert.equal(await installConfiguration(folder, [presence('shop')], accept), false)
})

test('an app that left has no file any more', async (t) => {
  const folder = temporaryFolder(t)
  await installConfiguration(folder, [presence('shop'), presence('blog')], accept)
  assert.equal(await installConfiguration(folder, [presence('blog')], accept), true)
  assert.deepEqual(await installed(folder).sites(), ['blog.conf'])
})

test('the file in use is never written to: generations alternate between two folders', async (t) => {
  const { folder, link } = await withShop(t)
  const first = await link()
  await installConfiguration(folder, [presence('shop', 'b.example.com')], accept)
  assert.notEqual(await link(), first)
  await installConfiguration(folder, [presence('shop', 'c.example.com')], accept)
  assert.equal(await link(), first)
})

test('a candidate that a crash left behind is not mixed into the next one', async (t) => {
  const { folder, sites } = await withShop(t)
  await mkdir(join(folder, 'candidate', 'sites', 'ghost.conf'), { recursive: true })
  await installConfiguration(folder, [presence('shop', 'b.example.com')], accept)
  assert.deepEqual(await sites(), ['shop.conf'])
})
