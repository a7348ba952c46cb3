import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { checkSecretName } from './names.ts'
import { Secret } from './secret.ts'

test('a secret prints as redacted, however it is printed', () => {
  const secret = new Secret('planted')
  const printed = [
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }, { depth: 9, showHidden: true }),
  ]
  for (const text of printed) {
    assert.match(text, /\[redacted\]/)
    assert.doesNotMatch(text, /planted/)
  }
  assert.equal(secret.reveal(), 'planted')
})

test('the name of a secret is that of a variable, and of none that other programs read', () => {
  for (const name of ['DB_PASSWORD', 'db_password', '_x', 'PATHS', 'MY_PATH'])
    assert.equal(checkSecretName(name), name)
  for (const name of [
    '',
    '1A',
    'A-B',
    'A B',
    'A\n',
    '../A',
    'PATH',
    'HOME',
    'DOCKER_HOST',
    'COMPOSE_FILE',
    'https_proxy',
  ])
    assert.throws(() => checkSecretName(name), { code: 'USAGE' }, name)
})
