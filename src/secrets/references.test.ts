import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { composeFile } from '../../test/support/app.ts'
import type { ComposeFile, ComposeService } from '../app/compose.ts'
import { fillIn, marksFor, useSecrets, variablesIn, warnAboutArguments } from './references.ts'
import { Secret } from './secret.ts'

const marks = marksFor(['DB_PASSWORD', 'DB'])
const password = marks['DB_PASSWORD'] ?? ''
const variable = (name: string): string => `\${${name}:?}`
const names = ['DB_PASSWORD', 'DB']
const file = (web: ComposeService, rest: Partial<ComposeFile> = {}) =>
  composeFile({ web: { image: 'web', ...web } }, rest)

describe('a file that uses secrets', () => {
  test('has variables where Compose was given marks', () => {
    const environment = { URL: `postgres://shop:${password}@db/${marks['DB']}?a=$$b`, PLAIN: 'x', NONE: null }
    const { services } = useSecrets(file({ environment }), names)
    assert.deepEqual(services['web']?.environment, {
      URL: `postgres://shop:${variable('DB_PASSWORD')}@db/${variable('DB')}?a=$$b`,
      PLAIN: 'x',
      NONE: null,
    })
  })
  test('is as it was when it uses none', () => {
    const plain = file(
      { environment: { A: '$$B' }, command: ['run', '--fast'] },
      { 'x-muelle': { domains: [] } },
    )
    assert.deepEqual(useSecrets(plain, names), plain)
  })
  test('is given the secrets that Compose calls external', () => {
    const secrets = { own: { name: 'DB', external: true }, other: { name: 'shop_other', file: './other' } }
    assert.deepEqual(useSecrets(file({}, { secrets }), names)['secrets'], {
      own: { name: 'DB', environment: 'DB' },
      other: { name: 'shop_other', file: './other' },
    })
    assert.deepEqual(useSecrets(file({}, { secrets }), names, true)['secrets'], {
      own: { name: 'DB', environment: 'DB' },
      other: { name: 'shop_other', file: './other' },
    })
    const unknown = file({}, { secrets: { token: { name: 'token', external: true } } })
    assert.throws(() => useSecrets(unknown, names), { code: 'SECRET_MISSING', message: /token of shop/ })
  })
  test('may take one from another variable, unless it is of an environment beside production', () => {
    const elsewhere = file({}, { secrets: { token: { environment: 'TOKEN' } } })
    assert.deepEqual(useSecrets(elsewhere, names), elsewhere)
    assert.throws(() => useSecrets(elsewhere, names, true), { code: 'SECRET_MISSING', message: /TOKEN/ })
  })

  const misplaced: Record<string, ComposeFile> = {
    'services.web.build': file({ build: { context: '.', args: { PASSWORD: password } } }),
    'services.web.image': file({ image: `registry/${password}` }),
    'services.web.labels': file({ labels: { token: password } }),
    'services.web.x-muelle': file({ 'x-muelle': { health: `/${password}/` } }),
    'x-muelle': file({}, { 'x-muelle': { release: [`createuser ${password}`] } }),
    volumes: file({}, { volumes: { data: { name: 'data', driver_opts: { o: `password=${password}` } } } }),
  }
  for (const [where, wrong] of Object.entries(misplaced)) {
    test(`is refused with one in ${where}`, () => {
      assert.throws(() => useSecrets(wrong, names), {
        code: 'SECRET_MISPLACED',
        message: `${where} uses the secret DB_PASSWORD, which would not stay one there.`,
      })
    })
  }
  test('is told that everybody sees the arguments of its programs', () => {
    const [warning, ...others] = warnAboutArguments(
      useSecrets(
        file({ command: ['redis-server', '--requirepass', password], environment: { A: password } }),
        names,
      ),
    )
    assert.match(warning ?? '', /^The command of web has the secret DB_PASSWORD/)
    assert.deepEqual(others, [])
  })
})

describe('a service', () => {
  test('tells which secrets it uses, and not what only looks like one', () => {
    const { services } = useSecrets(
      file({ environment: { A: password, B: `$${variable('DB')}`, C: '$HOME' } }),
      names,
    )
    assert.deepEqual(variablesIn(services['web']), ['DB_PASSWORD'])
  })
  test('filled in is the one that Compose prints with the values', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (value, around) => {
        const printed = (text: string) => ({ environment: { A: `${around.replaceAll('$', '$$$$')}${text}` } })
        const { services } = useSecrets(file(printed(password)), names)
        const values = new Map([['DB_PASSWORD', { value: new Secret(value) }]])
        const filled = fillIn({ environment: services['web']?.environment ?? {} }, values)
        assert.deepEqual(filled, printed(value.replaceAll('$', '$$$$')))
      }),
    )
  })
})
