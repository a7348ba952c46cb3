import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { Secret } from './secret.ts'
import { createVault, type Vault } from './vault.ts'

const set = (vault: Vault, app: string, values: Record<string, string>) =>
  vault.set(app, new Map(Object.entries(values).map(([name, value]) => [name, new Secret(value)])))

const valuesOf = async (vault: Vault, app: string) =>
  Object.fromEntries([...(await vault.read(app))].map(([name, { value }]) => [name, value.reveal()]))

describe('the secrets of an app', () => {
  test('are read as they were set, by another process too, and apart from those of others', async (t) => {
    const home = temporaryFolder(t)
    const awkward = 'two\nlines, a $VARIABLE, "quotes" and ünïcode\n'
    await set(createVault(home), 'shop', { A: '1', B: awkward })
    await set(createVault(home), 'shop', { A: '2' })
    await set(createVault(home), 'blog', { A: '3' })
    assert.deepEqual(await valuesOf(createVault(home), 'shop'), { A: '2', B: awkward })
    assert.deepEqual(await valuesOf(createVault(home), 'blog'), { A: '3' })
    assert.deepEqual((await createVault(home).apps()).toSorted(), ['blog', 'shop'])
  })
  test('are not to be found in the files, which only their owner can read', async (t) => {
    const home = temporaryFolder(t)
    await set(createVault(home), 'shop', { PLANTED_NAME: 'planted-value' })
    const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
    assert.deepEqual(files.map(({ name }) => name).toSorted(), ['secrets.key', 'shop.age'])
    for (const { parentPath, name } of files) {
      assert.doesNotMatch(readFileSync(join(parentPath, name), 'latin1'), /planted/i)
      assert.equal(statSync(join(parentPath, name)).mode & 0o777, 0o600)
    }
  })
  test('go one by one, or all at once', async (t) => {
    const vault = createVault(temporaryFolder(t))
    await set(vault, 'shop', { A: '1', B: '2', C: '3' })
    assert.deepEqual(await vault.remove('shop', ['A', 'UNKNOWN']), ['A'])
    assert.deepEqual(await valuesOf(vault, 'shop'), { B: '2', C: '3' })
    await vault.remove('shop', ['B', 'C'])
    assert.deepEqual(await vault.apps(), [])
    await set(vault, 'shop', { A: '1' })
    await vault.forget('shop')
    assert.deepEqual(await valuesOf(vault, 'shop'), {})
  })
  test('cannot be opened without the key, and then no new key takes its place', async (t) => {
    const home = temporaryFolder(t)
    await set(createVault(home), 'shop', { A: 'planted' })
    const key = readFileSync(join(home, 'secrets.key'))
    rmSync(join(home, 'secrets.key'))
    const locked = createVault(home)
    await assert.rejects(locked.read('shop'), { code: 'SECRETS_UNREADABLE', message: /secrets\.key/ })
    await assert.rejects(set(locked, 'shop', { B: '1' }), { code: 'SECRETS_UNREADABLE' })
    await assert.rejects(set(locked, 'blog', { B: '1' }), { code: 'SECRETS_UNREADABLE' })
    assert.equal((await locked.redactor())('planted'), 'planted')
    writeFileSync(join(home, 'secrets.key'), key)
    assert.deepEqual(await valuesOf(locked, 'shop'), { A: 'planted' })
  })
  test('are taken out of lines whatever app they are of', async (t) => {
    const vault = createVault(temporaryFolder(t))
    assert.equal((await vault.redactor())('first'), 'first')
    await set(vault, 'shop', { A: 'first' })
    await set(vault, 'blog', { A: 'second' })
    assert.equal((await vault.redactor())('first, second, third'), '[redacted], [redacted], third')
  })
  test('share one key when two processes set the first of them at once', async (t) => {
    const home = temporaryFolder(t)
    await Promise.all(['shop', 'blog'].map((app) => set(createVault(home), app, { A: app })))
    assert.deepEqual(await valuesOf(createVault(home), 'shop'), { A: 'shop' })
    assert.deepEqual(await valuesOf(createVault(home), 'blog'), { A: 'blog' })
  })
})
