import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { composeFile } from '../../test/support/app.ts'
import { instanceName, projectOf, readEnvironment, withoutContainerNames } from './environment.ts'

describe('the name of an environment', () => {
  test('is production when none is given', () => {
    assert.equal(readEnvironment(undefined), 'production')
  })
  for (const name of ['staging', 'qa', 'pr-17', 'review2'])
    test(`may be ${name}`, () => assert.equal(readEnvironment(name), name))
  for (const name of [
    '',
    'Staging',
    '2nd',
    '-f',
    'a b',
    'a_b',
    'a--b',
    'a-',
    'r12',
    'next-r2',
    'a'.repeat(21),
  ])
    test(`is not "${name}"`, () => {
      assert.throws(() => readEnvironment(name), { code: 'USAGE', hint: /--env staging/ })
    })
})

describe('the project of an environment', () => {
  test('is the plain one in production, and has the name of the environment behind it elsewhere', () => {
    assert.equal(instanceName('shop', 'production'), 'shop')
    assert.equal(instanceName('shop', 'staging'), 'shop-staging')
  })
  test('has that name once, also when the Compose file says it already', () => {
    assert.equal(instanceName('shop-staging', 'staging'), 'shop-staging')
  })
  test('leads back to the plain one', () => {
    for (const environment of ['production', 'staging', 'pr-17']) {
      const name = instanceName('my-shop', environment)
      assert.equal(projectOf({ name, environment }), 'my-shop')
    }
  })
})

describe('a container name', () => {
  const file = composeFile({
    db: { container_name: 'shop_db', networks: { default: { aliases: ['sql'] }, other: null } },
    web: { networks: { default: null } },
    monitor: { container_name: 'shop_monitor', network_mode: 'host' },
  })
  const { services } = withoutContainerNames(file)

  test('becomes one more name by which others call the service', () => {
    assert.deepEqual(services['db'], {
      networks: { default: { aliases: ['sql', 'shop_db'] }, other: { aliases: ['shop_db'] } },
    })
  })
  test('goes where there is no network to be called on, and nothing else changes', () => {
    assert.deepEqual(services['monitor'], { network_mode: 'host' })
    assert.deepEqual(services['web'], { networks: { default: null } })
  })
})
