import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shopFile } from '../../test/support/app.ts'
import { fakeGateway } from '../../test/support/fake-ports.ts'
import type { App } from '../app/app.ts'
import { readApp } from '../app/read-app.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { createAppFiles } from '../release/files.ts'
import { openStore } from '../store/store.ts'
import { refuseTaken } from './place.ts'
import type { Services } from './with-app.ts'

/** An app of this name; its file gives its network and its volumes the same names in every environment. */
function named(name: string, domain = `${name}.example.com`): App {
  return readApp({ ...shopFile({ domains: [domain] }), name }, '/srv/shop')
}

/** Deployed are these apps, each in its environment. */
function deployed(...apps: [app: App, environment: string][]): Services {
  const store = openStore(':memory:')
  for (const [{ name }, environment] of apps)
    store.rememberApp({ name, directory: `/srv/${name}`, environment })
  const model = (name: string) => apps.find(([app]) => app.name === name)?.[0]
  const files = { ...createAppFiles('/state'), readLatest: async (name: string) => model(name) }
  return { store, files, gateway: fakeGateway() } as unknown as Services
}

const shared = { code: 'ENVIRONMENT_SHARED' }

test('an environment is kept apart from the others of its project, from whatever folder', async () => {
  const staging = { app: named('shop-staging'), environment: 'staging' }
  await assert.rejects(refuseTaken(staging, deployed([named('shop'), 'production'])), shared)
  await assert.rejects(refuseTaken(staging, deployed([named('shop-qa'), 'qa'])), shared)
  await refuseTaken(staging, deployed([named('blog'), 'production']))
  await refuseTaken(staging, deployed([named('shop-staging'), 'staging']))
})
test('and from production as its folder has it, also when that is not deployed', async () => {
  const staging = { app: named('shop-staging'), environment: 'staging', production: named('shop') }
  await assert.rejects(refuseTaken(staging, deployed()), shared)
})
test('production is kept apart from the environments of its project', async () => {
  const production = { app: named('shop'), environment: 'production' }
  await assert.rejects(refuseTaken(production, deployed([named('shop-staging'), 'staging'])), shared)
  await refuseTaken(production, deployed())
})
test('an app does not take the name of the environment of another', async () => {
  const services = deployed([named('shop-staging'), 'staging'])
  await assert.rejects(refuseTaken({ app: named('shop-staging'), environment: 'production' }, services), {
    ...shared,
    hint: /muelle down shop-staging/,
  })
})
test('a domain is refused that an app of another project has at the gateway', async () => {
  const services = deployed()
  services.gateway.refuseTaken = async (_, { app, domains }) => {
    throw new MuelleError('DOMAIN_TAKEN', `${app} ${domains}`)
  }
  await assert.rejects(refuseTaken({ app: named('shop'), environment: 'production' }, services), {
    message: 'shop shop.example.com',
  })
})
