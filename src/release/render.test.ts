import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { built, composeFile, published, shop, waitsFor } from '../../test/support/app.ts'
import { anyFile } from '../../test/support/arbitrary-file.ts'
import { readStack } from '../../test/support/stacks.ts'
import { type App, backingServices, releasedServices } from '../app/app.ts'
import type { ComposeService } from '../app/compose.ts'
import { readApp } from '../app/read-app.ts'
import { labels } from './names.ts'
import { imageGroups, renderBase, renderBuild, renderRelease, withReplicas } from './render.ts'

/** A distinct image id for every service. */
function pinned(app: App, number = 12) {
  const images = Object.fromEntries(app.services.map(({ name }) => [name, `sha256:${name}`]))
  return { number, images, instance: 'muelle' }
}
const rendered = (app: App) => renderRelease(app, pinned(app))
const service = (app: App, key: string): ComposeService => {
  const found = rendered(app).services[key]
  assert.ok(found, `${key} is rendered`)
  return found
}

function assertSubset(names: readonly string[], declared: object): void {
  for (const name of names) assert.ok(name in declared, `${name} is declared`)
}

describe('a rendered release of any app', () => {
  const always = (check: (app: App) => void) => () =>
    fc.assert(fc.property(anyFile, (file) => check(readApp(file, '/srv/shop'))))

  test(
    'publishes nothing, fixes no container name and builds nothing',
    always((app) => {
      for (const definition of Object.values(rendered(app).services)) {
        for (const key of ['ports', 'container_name', 'build', 'x-muelle'])
          assert.ok(!(key in definition), key)
      }
    }),
  )
  test(
    'pins every image by id, and never pulls',
    always((app) => {
      for (const definition of Object.values(rendered(app).services)) {
        assert.match(definition.image ?? '', /^sha256:/)
        assert.equal(definition['pull_policy'], 'never')
      }
    }),
  )
  test(
    'owns no volume and no network but its own default one',
    always((app) => {
      const { volumes = {}, networks: { default: own, ...shared } = {} } = rendered(app)
      if (own !== undefined) assert.deepEqual(own, { name: 'shop-r12_default' })
      for (const thing of [...Object.values(volumes), ...Object.values(shared)]) {
        assert.equal(thing?.external, true)
      }
    }),
  )
  test(
    'uses only services, networks and volumes that it declares',
    always((app) => {
      const { services, networks = {}, volumes = {} } = rendered(app)
      for (const definition of Object.values(services)) {
        const sources = (definition.volumes ?? []).filter(({ type }) => type === 'volume')
        assertSubset(Object.keys(definition.depends_on ?? {}), services)
        assertSubset(Object.keys(definition.networks ?? {}), networks)
        assertSubset(
          sources.map(({ source = '' }) => source),
          volumes,
        )
      }
    }),
  )
  test(
    'labels every container with app, release, service, role and installation, whatever the author wrote there',
    always((app) => {
      for (const { labels: own = {} } of Object.values(rendered(app).services)) {
        assert.equal(own[labels.app], 'shop')
        assert.equal(own[labels.release], '12')
        assert.equal(own[labels.instance], 'muelle')
        assert.ok(own[labels.service])
        assert.ok(own[labels.role])
      }
    }),
  )
  test(
    'is the same text each time',
    always((app) => {
      const text = JSON.stringify(rendered(app))
      assert.equal(JSON.stringify(rendered(structuredClone(app))), text)
      assert.equal(JSON.stringify(rendered(app)), text)
    }),
  )
  test(
    'shares no service with the base project',
    always((app) => {
      const base = Object.keys(renderBase(app, pinned(app)).services)
      const own = Object.keys(rendered(app).services)
      assert.deepEqual(
        base,
        backingServices(app).map(({ name }) => name),
      )
      assert.ok(releasedServices(app).every(({ name }) => own.includes(`${name}-r12`)))
    }),
  )
})

test('a service answers to its plain name on the network of its release only', () => {
  const app = readApp(readStack('orta-novias'), '/srv/orta-novias')
  assert.deepEqual(service(app, 'backend-r12').networks, {
    default: { aliases: ['backend'] },
    'app-backend': null,
    'app-frontend': null,
  })
})

test('every name by which the file calls a service is its name on the network of its release', () => {
  const networks = { default: { aliases: ['the-api'] } }
  const file = composeFile({
    web: { ...built, ports: published },
    api: { ...built, container_name: 'shop_api', networks },
  })
  const { default: own, ...shared } = service(readApp(file, '/srv/shop'), 'api-r12').networks ?? {}
  assert.deepEqual(own?.aliases?.toSorted(), ['api', 'shop_api', 'the-api'])
  assert.deepEqual(shared, { 'app-default': {} })
})

test('a service that lives in the namespaces of another follows it into the release', () => {
  const file = composeFile({
    web: { ...built, ports: published, links: ['db'] },
    side: { build: { context: '/srv/shop' }, network_mode: 'service:web', pid: 'service:web', ipc: 'host' },
    db: { image: 'postgres:15' },
  })
  const app = readApp(file, '/srv/shop')
  const { network_mode, pid, ipc, networks } = service(app, 'side-r12')
  assert.deepEqual(
    { network_mode, pid, ipc, networks },
    { network_mode: 'service:web-r12', pid: 'service:web-r12', ipc: 'host', networks: undefined },
  )
  assert.ok(!('links' in service(app, 'web-r12')))
})

test('a service that is alone in its release gets no network for it', () => {
  const alone = readApp(composeFile({ web: { ...built, ports: published } }), '/srv/shop')
  assert.deepEqual(Object.keys(rendered(alone).networks ?? {}).sort(), ['app-default', 'edge'])
  assert.deepEqual(Object.keys(service(alone, 'web-r12').networks ?? {}).sort(), ['app-default', 'edge'])
})

test('only the web service is on the edge network', () => {
  const onEdge = Object.entries(rendered(shop({ release: ['migrate'] })).services)
    .filter(([, { networks }]) => networks !== undefined && 'edge' in networks)
    .map(([key]) => key)
  assert.deepEqual(onEdge, ['web-r12'])
})

test('dependencies inside the release are kept without their health, the others are gone', () => {
  const app = readApp(readStack('backend-optimizacion'), '/srv/backend-optimizacion')
  assert.deepEqual(service(app, 'nginx-r12').depends_on, {
    'web-r12': { condition: 'service_started', required: true },
  })
  assert.deepEqual(service(app, 'celery-r12').depends_on, {})
})

test('a dependency on the end of a job still waits for it', () => {
  const file = composeFile({
    web: { ...built, ports: published, depends_on: waitsFor('init', 'service_completed_successfully') },
    init: { ...built, command: 'python manage.py check' },
  })
  const app = readApp(file, '/srv/shop')
  assert.equal(service(app, 'web-r12').depends_on?.['init-r12']?.condition, 'service_completed_successfully')
  assert.equal(service(app, 'init-r12').restart, 'no')
})

test('a service learns its release, and keeps its replicas and its restart policy', () => {
  const web = service(shop(), 'web-r12')
  assert.equal(web.environment?.['MUELLE_RELEASE'], '12')
  assert.equal(web.deploy?.replicas, 2)
  assert.equal(web.restart, 'unless-stopped')
})

test('a singleton is one, whatever the file says', () => {
  const file = composeFile({
    web: { ...built, ports: published },
    beat: { ...built, command: 'celery -A shop beat', deploy: { replicas: 2 } },
  })
  assert.equal(service(readApp(file, '/srv/shop'), 'beat-r12').deploy?.replicas, 1)
})

test('the older key scale becomes replicas', () => {
  const web = service(
    readApp(composeFile({ web: { ...built, ports: published, scale: 3 } }), '/srv/shop'),
    'web-r12',
  )
  assert.equal(web.deploy?.replicas, 3)
  assert.ok(!('scale' in web))
})

test('secrets and configs of the file are carried along', () => {
  const file = composeFile(
    { web: { ...built, ports: published } },
    { secrets: { key: { file: '/srv/key' } } },
  )
  assert.deepEqual(rendered(readApp(file, '/srv/shop'))['secrets'], { key: { file: '/srv/key' } })
})

test('an nginx of the file that needs it is told whose address is whose, beside its own configs', () => {
  const nginx = {
    image: 'nginx:alpine',
    ports: published,
    configs: [{ source: 'site', target: '/etc/site' }],
  }
  const app = readApp(
    composeFile({ nginx, web: built }, { configs: { site: { file: '/srv/site' } } }),
    '/srv',
  )
  const told = rendered({ ...app, web: { ...app.web, needsVisitorAddress: true } })
  assert.deepEqual(
    told.services['nginx-r12']?.configs?.map(({ source }) => source),
    ['site', 'muelle-visitor-address'],
  )
  assert.match(told.configs?.['muelle-visitor-address']?.content ?? '', /real_ip_header/)
  assert.equal(told.services['web-r12']?.configs, undefined)
  assert.deepEqual(Object.keys(rendered(app).configs ?? {}), ['site'])
})

describe('release commands', () => {
  test('run in the app behind a proxy, also when the proxy is built here', () => {
    const file = composeFile(
      {
        worker: built,
        proxy: { build: { context: '/srv', target: 'proxy' }, ports: published, depends_on: waitsFor('api') },
        api: { build: { context: '/srv', target: 'api' }, expose: ['8000'] },
      },
      { 'x-muelle': { release: ['migrate'] } },
    )
    const app = readApp(file, '/srv')
    const imageOf = (isProxy: boolean) =>
      rendered({ ...app, web: { ...app.web, isProxy } }).services['release-command-1']?.image
    assert.equal(imageOf(true), 'sha256:api')
    assert.equal(imageOf(false), 'sha256:proxy')
  })
  const app = shop({ release: ['migrate --noinput', ['collect', 'static']] })

  test('become services of their own, which nothing starts by itself', () => {
    const first = service(app, 'release-command-1')
    assert.equal(first.command, 'migrate --noinput')
    assert.deepEqual(service(app, 'release-command-2').command, ['collect', 'static'])
    assert.deepEqual(first.profiles, ['release-command'])
    assert.equal(first.restart, 'no')
  })
  test('run once, in the image and environment of the web service, unseen by the gateway and by Docker DNS', () => {
    const { image, deploy, networks, environment, labels: own } = service(app, 'release-command-1')
    assert.equal(image, 'sha256:web')
    assert.equal(deploy, undefined)
    assert.deepEqual(networks, { 'app-default': null })
    assert.equal(environment?.['MUELLE_RELEASE'], '12')
    assert.equal(own?.[labels.role], 'job')
  })
  test('run in the image of the app when the web service is a bought-in proxy', () => {
    const file = readStack('backend-optimizacion')
    const behind = readApp({ ...file, 'x-muelle': { release: ['migrate'] } }, '/srv/backend-optimizacion')
    assert.notEqual(service(behind, 'release-command-1').image, 'sha256:nginx')
  })
})

describe('building', () => {
  test('services with one definition share one image, tagged with the release', () => {
    assert.deepEqual(imageGroups(shop(), 12), [
      { name: 'web', services: ['web', 'worker', 'beat'], tag: 'shop-web:r12' },
    ])
  })
  test('different definitions are different images, and what is replaced is not built', () => {
    const other = { build: { context: '/srv/shop/admin', dockerfile: 'Dockerfile' } }
    const file = composeFile({
      web: { ...built, ports: published },
      admin: other,
      certbot: { build: { context: '/srv/shop/certbot' }, command: 'certbot renew' },
    })
    const tags = imageGroups(readApp(file, '/srv/shop'), 3).map(({ tag }) => tag)
    assert.deepEqual(tags, ['shop-web:r3', 'shop-admin:r3'])
  })
  test('the build file has one service an image and nothing but its build and its tag', () => {
    const app = shop()
    assert.deepEqual(renderBuild(app, imageGroups(app, 12)).services, {
      web: { build: { context: '/srv/shop', dockerfile: 'Dockerfile' }, image: 'shop-web:r12' },
    })
  })
})

describe('the base project', () => {
  const app = readApp(readStack('backend-optimizacion'), '/srv/backend-optimizacion')
  const base = renderBase(app, { images: {}, instance: 'muelle' })

  test('has the backing services as the file has them, ports included', () => {
    assert.deepEqual(Object.keys(base.services).sort(), ['db', 'redis'])
    const { db } = base.services
    assert.equal(db?.image, 'mysql:8.0')
    assert.equal(db?.ports?.[0]?.published, '3306')
    assert.deepEqual(db?.environment, app.file.services['db']?.environment)
  })
  test('comes back after a restart of the machine', () => {
    assert.equal(base.services['db']?.restart, 'unless-stopped')
  })
  test('carries no release, so that no release ever changes it', () => {
    const text = JSON.stringify(base)
    assert.ok(!text.includes(labels.release))
  })
  test('owns neither networks nor volumes', () => {
    const things = [...Object.values(base.networks ?? {}), ...Object.values(base.volumes ?? {})]
    assert.ok(things.length > 1)
    for (const thing of things) assert.equal(thing?.external, true)
  })
})

describe('a rendered file with another number of replicas', () => {
  const file = rendered(shop())
  const web = file.services['web-r12']

  test('is otherwise the same', () => {
    const scaled = withReplicas(file, 'web-r12', 5)
    assert.deepEqual(scaled.services['web-r12'], { ...web, deploy: { ...web?.deploy, replicas: 5 } })
    assert.deepEqual(withReplicas(scaled, 'web-r12', 2), file)
  })
  test('is the same where the service is not in it', () => {
    assert.deepEqual(withReplicas(file, 'api-r12', 5), file)
  })
})
