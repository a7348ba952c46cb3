import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { composeFixtures } from '../../test/support/check/compose-fixtures.ts'
import { djangoFixtures } from '../../test/support/check/django-fixtures.ts'
import { type Fixture, readFixture, type Sides } from '../../test/support/check/fixture.ts'
import { imageFixtures } from '../../test/support/check/image-fixtures.ts'
import { nginxFixtures } from '../../test/support/check/nginx-fixtures.ts'
import { describePlace } from './check.ts'
import type { Rule } from './rule.ts'
import { rules } from './rules.ts'

const fixtures: Readonly<Record<string, Sides>> = {
  ...composeFixtures,
  ...imageFixtures,
  ...djangoFixtures,
  ...nginxFixtures,
}

const findings = async ({ find }: Rule, fixture: Fixture) => find(await readFixture(fixture))

test('every rule has a project that fails and one that passes, and no other has', () => {
  assert.deepEqual(Object.keys(fixtures).sort(), rules.map(({ id }) => id).sort())
})

test('no two rules share an id, which is made of words', () => {
  const ids = rules.map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length)
  for (const id of ids) assert.match(id, /^[a-z]+(-[a-z]+)+$/)
})

for (const rule of rules) {
  describe(rule.id, () => {
    const { fails, at, passes } = fixtures[rule.id] as Sides

    test('finds what it is for, says where, and what to write', async () => {
      const [first, ...others] = await findings(rule, fails)
      assert.ok(first !== undefined, 'found nothing')
      assert.equal(describePlace(first), at)
      for (const { what, write } of [first, ...others]) {
        assert.match(what, /^[A-Za-z/.].*[.]$/s)
        assert.ok(write.length > 5 && !write.includes('undefined'), write)
      }
    })

    for (const [index, fixture] of passes.entries()) {
      test(`finds nothing in what is well (${index + 1})`, async () => {
        assert.deepEqual(await findings(rule, fixture), [])
      })
    }

    test('says why and what to do in sentences', () => {
      assert.match(rule.reason, /^(?:[A-Z]|nginx ).*[.)]$/)
      assert.ok(rule.fix.length > 5)
    })
  })
}

test('an nginx that only redirects is told to leave TLS too: it would not start without its certificate', async () => {
  const rule = rules.find(({ id }) => id === 'nginx-redirect-loop')
  const [found] = await findings(rule as Rule, (fixtures['nginx-redirect-loop'] as Sides).fails)
  assert.match(found?.write ?? '', /listen 80;.* instead of {2}listen 443 ssl;.* ssl_certificate lines/)
})
