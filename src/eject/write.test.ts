import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { shop } from '../../test/support/app.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { examineTarget, writeFolder } from './write.ts'

const files = [
  { path: 'compose.yaml', text: 'name: shop\n', mode: 0o600 },
  { path: 'nginx/sites/shop.conf', text: '# nothing', mode: 0o644 },
]
const within = (context: string) => ({
  ...shop(),
  services: shop().services.map((service) => ({
    ...service,
    definition: { ...service.definition, build: { context } },
  })),
})
const isOf = (code: string) => (error: unknown) => error instanceof MuelleError && error.code === code

describe('the folder to write', () => {
  const examine = (path: string, force = false) => examineTarget(path, shop(), { force })

  test('may be absent, empty, or full with force', async (t) => {
    const folder = temporaryFolder(t)
    assert.equal(await examine(join(folder, 'absent')), join(folder, 'absent'))
    assert.equal(await examine(folder), folder)
    await writeFile(join(folder, 'mine'), '')
    await assert.rejects(examine(folder), isOf('CONFIRMATION_REQUIRED'))
    assert.equal(await examine(folder, true), folder)
  })
  test('is no file', async (t) => {
    const folder = temporaryFolder(t)
    await writeFile(join(folder, 'file'), '')
    await assert.rejects(examine(join(folder, 'file'), true), isOf('USAGE'))
  })
  test('is not where images are built from, not even by a link', async (t) => {
    const folder = temporaryFolder(t)
    await mkdir(join(folder, 'project', 'out'), { recursive: true })
    await symlink(join(folder, 'project', 'out'), join(folder, 'link'))
    const app = within(join(folder, 'project'))
    for (const path of ['project', 'project/out', 'link'])
      await assert.rejects(examineTarget(join(folder, path), app, { force: true }), isOf('USAGE'), path)
    const beside = join(folder, 'project-ejected')
    assert.equal(await examineTarget(beside, app, { force: false }), beside)
  })
})

describe('writing', () => {
  test('leaves the files, each with its mode, and nothing else', async (t) => {
    const parent = temporaryFolder(t)
    const folder = join(parent, 'a', 'b')
    assert.equal(await writeFolder(folder, files), undefined)
    assert.deepEqual(await readdir(join(parent, 'a')), ['b'])
    assert.equal(await readFile(join(folder, 'nginx/sites/shop.conf'), 'utf8'), '# nothing')
    assert.equal((await stat(join(folder, 'compose.yaml'))).mode & 0o777, 0o600)
    assert.equal((await stat(folder)).mode & 0o077, 0)
  })
  test('keeps what was there, each time under another name', async (t) => {
    const parent = temporaryFolder(t)
    const folder = join(parent, 'out')
    await writeFolder(folder, files)
    assert.equal(await writeFolder(folder, files), `${folder}.before-1`)
    assert.equal(await writeFolder(folder, files), `${folder}.before-2`)
    assert.deepEqual((await readdir(`${folder}.before-1`)).sort(), ['compose.yaml', 'nginx'])
  })
  test('that fails changes nothing', async (t) => {
    const parent = temporaryFolder(t)
    const folder = join(parent, 'out')
    await writeFolder(folder, files)
    const broken = [...files, { path: 'compose.yaml/below', text: '', mode: 0o600 }]
    await assert.rejects(writeFolder(folder, broken))
    assert.deepEqual(await readdir(parent), ['out'])
    assert.equal(await readFile(join(folder, 'compose.yaml'), 'utf8'), 'name: shop\n')
  })
  test('says which folder cannot be written', async (t) => {
    const parent = temporaryFolder(t)
    await writeFile(join(parent, 'file'), '')
    await assert.rejects(writeFolder(join(parent, 'file', 'out'), files), isOf('USAGE'))
  })
})
