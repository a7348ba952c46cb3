import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appSchema } from '../app/schema.ts'
import { readAddress } from './address.ts'

const addresses = {
  '/srv/git/shop.git': { kind: 'folder' },
  'https://github.com/example/shop.git': { kind: 'https', origin: 'https://github.com' },
  'https://git.example.com:8443/a/b': { kind: 'https', origin: 'https://git.example.com:8443' },
  'git@github.com:example/shop.git': { kind: 'ssh', host: 'github.com', port: 22 },
  'ssh://git@git.example.com:2222/shop.git': { kind: 'ssh', host: 'git.example.com', port: 2222 },
}

for (const [repo, address] of Object.entries(addresses)) {
  test(`${repo} is understood`, () => {
    assert.equal(appSchema.parse({ update: { repo } }).update?.repo, repo)
    assert.deepEqual(readAddress(repo), address)
  })
}

test('an address that Git would take for more than one is refused', () => {
  const refused = [
    '-x',
    'ext::sh -c id',
    'http://github.com/a',
    'https://me:pass@github.com/a',
    'ssh://-oProxyCommand=id/a',
    '-oProxyCommand=id@host:a',
    'git@-host:a',
    'file:///srv/a',
    'a b',
    'relative/folder',
    'https://host/a;id',
  ]
  for (const repo of refused) assert.equal(appSchema.safeParse({ update: { repo } }).success, false, repo)
})

test('branches are those that people use', () => {
  const isBranch = (branch: string) => appSchema.safeParse({ update: { repo: '/srv/a', branch } }).success
  for (const good of ['main', 'release/2.x', 'feature/#12_a+b', 'v1.0']) assert.ok(isBranch(good), good)
  const bad = [
    '',
    '-x',
    '--upload-pack=x',
    'a;b',
    'a b',
    'a..b',
    'a//b',
    '.a',
    'a/.b',
    'a.lock',
    'a/',
    'a:b',
    '$(a)',
    'a~1',
    'a^',
    'a.',
  ]
  for (const name of bad) assert.ok(!isBranch(name), name)
})
