import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { built, composeFile, published } from '../../test/support/app.ts'
import type { ComposeFile, ComposeMount, ComposeService } from './compose.ts'
import { readApp } from './read-app.ts'
import { type Instance, refuseSharing } from './sharing.ts'

interface Draft extends Partial<ComposeFile> {
  web?: ComposeService
  db?: ComposeService
}

/** A web service and a database on the networks and volumes of their project, with what a test changes. */
function instance(environment: string, { web, db, ...rest }: Draft = {}): Instance {
  const name = environment === 'production' ? 'shop' : `shop-${environment}`
  const file = composeFile(
    {
      web: { ...built, 'x-muelle': { port: 8000 }, ...web },
      db: { image: 'postgres:15', networks: { default: null }, volumes: [volume('data')], ...db },
    },
    {
      name,
      networks: { default: { name: `${name}_default` } },
      volumes: { data: { name: `${name}_data` } },
      'x-muelle': { domains: [`${name}.example.com`] },
      ...rest,
    },
  )
  return { environment, app: readApp(file, '/srv/shop') }
}

function volume(source: string, more: object = {}): ComposeMount {
  return { type: 'volume', source, target: '/var/lib/data', ...more }
}
function bind(target: string, more: object = {}): ComposeMount {
  return { type: 'bind', source: '/srv/shop/pg', target, ...more }
}

/** Both environments with the same change, as one Compose file without an override gives it. */
const both = (draft: Draft) => () =>
  refuseSharing(instance('staging', draft), [instance('production', draft)])

test('environments with names and domains of their own share nothing', () => {
  assert.doesNotThrow(both({}))
})

describe('refused, with what to write, is', () => {
  const refused: [title: string, draft: Draft, what: RegExp, hint: RegExp][] = [
    [
      'a volume with a name of its own',
      { volumes: { data: { name: 'pgdata' } } },
      /^staging and production would both use the volume pgdata\.$/,
      /^Write in compose\.staging\.yaml: {2}volumes: \{data: \{name: pgdata-staging\}\}$/,
    ],
    [
      'an external volume that a database writes to',
      { volumes: { data: { name: 'pgdata', external: true } } },
      /the volume pgdata/,
      /\{external: false, name: pgdata-staging\}/,
    ],
    [
      'a network with a name of its own',
      { networks: { default: { name: 'backend' } } },
      /the network backend/,
      /networks: \{default: \{name: backend-staging\}\}/,
    ],
    [
      'an external network that a database is on',
      { networks: { default: { name: 'proxy', external: true } } },
      /the network proxy/,
      /networks: \{default: \{external: false, /,
    ],
    [
      'a folder that a database writes to',
      { db: { image: 'postgres:15', volumes: [bind('/var/lib/postgresql/data')] } },
      /the folder \/srv\/shop\/pg\./,
      /services: \{db: \{volumes: \["\/srv\/shop\/staging\/pg:\/var\/lib\/postgresql\/data"\]\}\}/,
    ],
    [
      'a folder that the app writes to',
      { web: { ...built, volumes: [bind('/app/media')] } },
      /the folder \/srv\/shop\/pg\./,
      /services: \{web: /,
    ],
    [
      'a published port of a database',
      { db: { image: 'postgres:15', ports: [{ target: 5432, published: '5432', protocol: 'tcp' }] } },
      /the port 5432\./,
      /services: \{db: \{ports: !override \[\]\}\}/,
    ],
    [
      'the port at which visitors come in',
      { web: { ...built, ports: published }, 'x-muelle': {} },
      /the port 8000\./,
      /x-muelle: \{domains: \[staging\.example\.com\]\}/,
    ],
    [
      'a domain',
      { 'x-muelle': { domains: ['shop.example.com', 'www.example.com'] } },
      /the domain shop\.example\.com\./,
      /x-muelle: \{domains: \[staging\.shop\.example\.com\]\}/,
    ],
  ]
  for (const [title, draft, message, hint] of refused) {
    test(title, () => assert.throws(both(draft), { code: 'ENVIRONMENT_SHARED', message, hint }))
  }
  test('a name that two services would get', () => {
    const production = instance('production')
    const services = { ...production.app.file.services, 'staging-db': { image: 'postgres:15' } }
    const app = readApp({ ...production.app.file, services }, '/srv/shop')
    assert.throws(() => refuseSharing(instance('staging'), [{ ...production, app }]), {
      message: /the name shop-staging-db\./,
      hint: /another name than staging/,
    })
  })
  test('to production what staging has, with the change in the file of staging', () => {
    const draft = { volumes: { data: { name: 'pgdata' } } }
    assert.throws(() => refuseSharing(instance('production', draft), [instance('staging', draft)]), {
      message: /^production and staging /,
      hint: /compose\.staging\.yaml/,
    })
  })
  test('to one environment what another beside production has', () => {
    const draft = { volumes: { data: { name: 'scratch' } } }
    const others = [instance('production'), instance('qa', draft)]
    assert.throws(() => refuseSharing(instance('staging', draft), others), { message: /staging and qa/ })
  })
})

describe('shared on purpose is', () => {
  const onPurpose: [title: string, draft: Draft][] = [
    [
      'an external volume of the app',
      {
        web: { ...built, volumes: [volume('media')] },
        volumes: { media: { name: 'media', external: true } },
        db: { image: 'postgres:15', volumes: [] },
      },
    ],
    [
      'an external volume that a database only reads',
      {
        db: { image: 'postgres:15', volumes: [volume('data', { read_only: true })] },
        volumes: { data: { name: 'seed', external: true } },
      },
    ],
    [
      'an external network that no database is on',
      {
        web: { ...built, networks: { default: null, proxy: null } },
        networks: { default: null, proxy: { name: 'proxy', external: true } },
      },
    ],
    [
      'a folder that is only read',
      { db: { image: 'postgres:15', volumes: [bind('/seed', { read_only: true })] } },
    ],
    ['a file', { db: { image: 'postgres:15', volumes: [bind('/usr/share/my.conf')] } }],
    [
      'what sets a database up',
      { db: { image: 'postgres:15', volumes: [bind('/docker-entrypoint-initdb.d')] } },
    ],
    [
      'a port that a released service publishes, and Muelle does not',
      { web: { ...built, ports: published } },
    ],
  ]
  for (const [title, draft] of onPurpose) test(title, () => assert.doesNotThrow(both(draft)))
})
