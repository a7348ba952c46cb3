import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readRepositoryAddress } from './repository-address.ts'

describe('the address of a repository', () => {
  const kinds: Record<string, unknown> = {
    '/srv/backups': { kind: 'folder' },
    '/mnt/my disk': { kind: 'folder' },
    's3:https://s3.example.com/shop': { kind: 's3' },
    's3:http://127.0.0.1:9000/shop': { kind: 's3' },
    's3:s3.amazonaws.com/shop': { kind: 's3' },
    'rest:https://backups.example.com:8000/shop/': { kind: 'rest' },
    'sftp:ada@backups.example.com:/srv/shop': { kind: 'sftp', host: 'backups.example.com', port: 22 },
    'sftp:ada@backups.example.com:shop': { kind: 'sftp', host: 'backups.example.com', port: 22 },
    'sftp://ada@127.0.0.1:2222//srv/shop': { kind: 'sftp', host: '127.0.0.1', port: 2222 },
    'sftp://ada@[::1]:23/shop': { kind: 'sftp', host: '::1', port: 23 },
  }
  for (const [text, expected] of Object.entries(kinds))
    test(`is read: ${text}`, () => assert.deepEqual(readRepositoryAddress(text), expected))

  for (const text of [
    'backups',
    'b2:bucket',
    's3:',
    's3:https://host/my bucket',
    'sftp:backups.example.com:/srv',
    'sftp:ada@backups.example.com',
    'sftp:-oProxyCommand=x@host:/srv',
    'sftp:ada@-oProxyCommand=x:/srv',
    'sftp://ada@host',
  ])
    test(`is refused: ${text}`, () => assert.match(String(readRepositoryAddress(text)), /^write /))

  for (const text of ['rest:https://ada:hush@host/shop', 'sftp://ada:hush@host//srv'])
    test(`has no password in it: ${text}`, () =>
      assert.match(String(readRepositoryAddress(text)), /is a secret/))
})
