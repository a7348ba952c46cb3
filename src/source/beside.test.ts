import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import type { WrittenContent } from '../app/written.ts'
import { copyFiles, namedFiles } from './beside.ts'

const names = (content: object, environment = 'production') =>
  namedFiles([{ path: '/srv/shop/compose.yaml', content: content as WrittenContent, lines: {} }], environment)

describe('files that a Compose file names', () => {
  test('are its env files, secrets, configs and certificates, with those of the environment', () => {
    const content = {
      services: {
        web: { env_file: ['./web.env', { path: 'env/extra', required: false }] },
        db: { env_file: 'db.env' },
        none: null,
      },
      secrets: { a: { file: './secrets/a' }, b: { environment: 'B' } },
      configs: { c: { file: 'c.conf' } },
      'x-muelle': { tls: { certificate: 'tls/cert.pem', key: 'tls/key.pem' } },
    }
    const plain = [
      '.env',
      'web.env',
      'env/extra',
      'db.env',
      'secrets/a',
      'c.conf',
      'tls/cert.pem',
      'tls/key.pem',
    ]
    assert.deepEqual(
      names(content, 'staging').filter((name) => !name.endsWith('.staging')),
      plain,
    )
    assert.ok(names(content, 'staging').includes('.env.staging'))
  })
  test('are not those that are elsewhere on the machine, or in a variable', () => {
    const content = { services: { web: { env_file: ['/etc/shop.env', '$FILE'] } } }
    assert.deepEqual(names(content), ['.env', '.env.production'])
  })
})

describe('copying them', () => {
  test('takes those that are there, and leads out of the folder on no way', async (t) => {
    const cleanup = { after: (work: () => Promise<void>) => t.after(work) }
    const [from, to, outside] = [temporaryFolder(cleanup), temporaryFolder(cleanup), temporaryFolder(cleanup)]
    mkdirSync(join(from, 'link'))
    mkdirSync(join(from, 'deep'))
    for (const name of ['.env', 'deep/a', 'link/b', '../planted']) writeFileSync(join(from, name), name)
    t.after(() => import('node:fs').then(({ rmSync }) => rmSync(join(from, '../planted'))))
    symlinkSync(outside, join(to, 'link'))
    await copyFiles(['.env', 'deep/a', 'missing', 'link/b', '../planted'], { from, to })
    assert.equal(readFileSync(join(to, '.env'), 'utf8'), '.env')
    assert.equal(readFileSync(join(to, 'deep/a'), 'utf8'), 'deep/a')
    assert.equal(existsSync(join(outside, 'b')), false)
  })
})
