import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { shop } from '../../test/support/app.ts'
import { anyFile } from '../../test/support/arbitrary-file.ts'
import { factsOf } from '../../test/support/facts.ts'
import { readStack, type Stack } from '../../test/support/stacks.ts'
import { readApp } from '../app/read-app.ts'
import { check, count } from './check.ts'
import { severities } from './rule.ts'

/** What a careful reader of the five production files would not put into production, and nothing else. */
const expected: Readonly<Record<Stack, readonly string[]>> = {
  timescale: ['compose-health-missing nginx', 'redis-password-missing redis'],
  'orta-novias': [
    'compose-health-missing nginx',
    'compose-stop-grace-short celery',
    'redis-password-missing redis',
  ],
  'backend-optimizacion': [
    'compose-db-password-weak db',
    'compose-db-password-weak redis',
    'compose-db-port-public db',
    'compose-db-port-public redis',
    'compose-health-missing nginx',
    'compose-image-end-of-life db',
    'compose-stop-grace-short celery',
  ],
  wisebet: ['compose-health-missing nginx', 'nginx-version-old nginx'],
  certificados: ['redis-password-missing redis'],
}

describe('of the five stacks the check tells as critical or high', () => {
  for (const [stack, found] of Object.entries(expected) as [Stack, readonly string[]][]) {
    test(stack, () => {
      const app = readApp(readStack(stack), '/srv/app')
      const weighty = check(factsOf(app, { today: '2026-11-24' }))
        .filter(({ severity }) => severity === 'critical' || severity === 'high')
        .map(({ id, service }) => `${id} ${service}`)
      assert.deepEqual([...new Set(weighty)].sort(), found)
    })
  }
})

test('the worst comes first, and each is counted', () => {
  const findings = check(factsOf(readApp(readStack('backend-optimizacion'), '/srv/app')))
  const order = findings.map(({ severity }) => severities.indexOf(severity))
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  )
  const total = Object.values(count(findings)).reduce((sum, number) => sum + number, 0)
  assert.equal(total, findings.length)
})

test('a secret is in no finding', () => {
  const app = shop()
  const marked = 'MARKED7d1f4be0c2a95836'
  const web = app.file.services['web'] ?? {}
  web.environment = { SECRET_KEY: marked, DATABASE_URL: `postgres://shop:${marked}@db/shop` }
  const include = [`https://x:${marked}@example.com/shop.git`]
  const written = [{ path: '/srv/shop/compose.yaml', content: { include }, lines: {} }]
  const envFiles = [
    { path: '/srv/shop/.env', isTracked: true, isWorldReadable: true, values: { API_KEY: marked } },
  ]
  const findings = check(factsOf(app, { envFiles, written }))
  for (const rule of ['env-file-exposed', 'compose-include-remote'])
    assert.ok(findings.some(({ id }) => id === rule))
  assert.ok(!JSON.stringify(findings).includes(marked))
})

test('no rule stumbles over a file that Compose accepts', () => {
  fc.assert(
    fc.property(anyFile, (file) => {
      check(factsOf(readApp(file, '/srv/shop')))
    }),
  )
})
