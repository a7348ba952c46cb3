import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createComposeLoader } from '../../src/engine/docker/load-compose.ts'
import type { LoadedCompose } from '../../src/engine/port.ts'
import { fakeVault } from '../support/fake-ports.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const main = `
name: shop
services:
  web: {image: "shop:\${VERSION-1}", env_file: .env, environment: {FIXED: "yes"}, x-muelle: {port: 8000}}
  worker: {extends: {service: web}}
  db: {image: "postgres:15", volumes: ["data:/data"]}
volumes: {data: {}}
x-muelle: {domains: ["\${DOMAIN-shop.example.com}"], smoke: [/], canary: {steps: [10, 50]}, watch: 1m}
`

/** Reads a folder with these files with the Docker Compose of this machine. */
function load(
  t: TestContext,
  files: Record<string, string>,
  { environment = 'staging', named = [] as string[] } = {},
): Promise<LoadedCompose> {
  const directory = temporaryFolder(t)
  for (const [name, text] of Object.entries({ 'compose.yaml': main, '.env': '', ...files }))
    writeFileSync(join(directory, name), text)
  return createComposeLoader(fakeVault).load({
    directory,
    files: named.map((name) => join(directory, name)),
    environment,
  })
}

test('staging is a project of its own, with volumes and networks of its own', async (t) => {
  const { file, production } = await load(t, {})
  assert.equal(file.name, 'shop-staging')
  assert.equal(file.volumes?.['data']?.name, 'shop-staging_data')
  assert.equal(file.networks?.['default']?.name, 'shop-staging_default')
  assert.equal(production?.name, 'shop')
  assert.equal(production?.volumes?.['data']?.name, 'shop_data')
})

test('production has the plain name, and neither override nor env file of another', async (t) => {
  const files = { 'compose.staging.yaml': 'x-muelle: {domains: [no]}', '.env.staging': 'VERSION=2' }
  const { file, production } = await load(t, files, { environment: 'production' })
  assert.equal(file.name, 'shop')
  assert.equal(file.services['web']?.image, 'shop:1')
  assert.deepEqual(file['x-muelle'], {
    domains: ['shop.example.com'],
    smoke: ['/'],
    canary: { steps: [10, 50] },
    watch: '1m',
  })
  assert.equal(production, undefined)
})

for (const name of [
  'compose.staging.yaml',
  'compose.staging.yml',
  'docker-compose.staging.yaml',
  'docker-compose.staging.yml',
])
  test(`${name} is read after the main file, and its lists of x-muelle replace`, async (t) => {
    const override = 'x-muelle: {domains: [staging.example.com], canary: {steps: [20]}}'
    const { file, production } = await load(t, { [name]: override })
    assert.deepEqual(file['x-muelle'], {
      domains: ['staging.example.com'],
      smoke: ['/'],
      canary: { steps: [20] },
      watch: '1m',
    })
    assert.partialDeepStrictEqual(production?.['x-muelle'], { domains: ['shop.example.com'] })
  })

test("Compose's own tags mean what they mean", async (t) => {
  const override = 'x-muelle: {domains: !reset [], smoke: !override [/a], canary: !reset {}}'
  const { file } = await load(t, { 'compose.staging.yaml': override })
  assert.deepEqual(file['x-muelle'], { smoke: ['/a'], watch: '1m' })
})

test('with named files only those are read, and their lists replace too', async (t) => {
  const files = { 'compose.staging.yaml': 'x-muelle: {watch: 5m}', 'more.yaml': 'x-muelle: {smoke: [/b]}' }
  for (const environment of ['staging', 'production']) {
    const { file } = await load(t, files, { environment, named: ['compose.yaml', 'more.yaml'] })
    assert.partialDeepStrictEqual(file['x-muelle'], { smoke: ['/b'], watch: '1m' })
  }
})

test('.env.staging counts more than .env, in the Compose file and in env_file, and environment more than both', async (t) => {
  const { file, warnings, production } = await load(t, {
    '.env': 'VERSION=2\nDOMAIN=shop.example.com\nFIXED=no\nSECRET=production\nCOMMON=both\n',
    '.env.staging': 'VERSION=3\nDOMAIN=staging.$DOMAIN\nFIXED=no\nSECRET=staging\n',
  })
  assert.equal(file.services['web']?.image, 'shop:3')
  assert.partialDeepStrictEqual(file['x-muelle'], { domains: ['staging.shop.example.com'] })
  assert.partialDeepStrictEqual(production?.['x-muelle'], { domains: ['shop.example.com'] })
  for (const name of ['web', 'worker']) {
    const { FIXED, SECRET, COMMON } = file.services[name]?.environment ?? {}
    assert.deepEqual([FIXED, SECRET, COMMON], ['yes', 'staging', 'both'], name)
  }
  assert.deepEqual(warnings, [])
})

test('whoever has no .env.staging is told whose secrets staging has', async (t) => {
  const { warnings } = await load(t, {})
  assert.deepEqual(warnings, [
    'staging reads the .env of production: write what differs, secrets first, in .env.staging.',
  ])
})

test('a main file that is whole only with the override is read, and so is its name', async (t) => {
  const { file, production } = await load(t, {
    'compose.yaml': `name: shop\nservices: {web: {environment: {A: "\${A?}"}}}`,
    'compose.staging.yaml': 'services: {web: {image: "shop:1"}}',
    '.env.staging': 'A=1',
  })
  assert.equal(file.name, 'shop-staging')
  assert.equal(production, undefined)
})

test('a variable that has to have a value and has none is named, with where to give it one', async (t) => {
  await assert.rejects(load(t, { 'compose.staging.yaml': 'services: {web: {environment: {A: "${A:?}"}}}' }), {
    code: 'COMPOSE_INVALID',
    hint: 'Give A a value in .env, or, encrypted:  muelle secrets set A',
  })
})

test('what is wrong with an override is what Compose says of it', async (t) => {
  for (const override of ['services: {web: {port: 80}}', 'x-muelle: [', 'x-muelle: *nowhere']) {
    await assert.rejects(load(t, { 'compose.staging.yaml': override }), {
      code: 'COMPOSE_INVALID',
      hint: /-f .*compose\.yaml -f .*compose\.staging\.yaml config/,
    })
  }
})
