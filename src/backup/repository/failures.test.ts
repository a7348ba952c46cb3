import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { explainServer, hasNoBucket, isRefusal, isUnexplained } from './failures.ts'

const location = 'sftp:ada@backups.example.com:/srv/shop'

describe('what restic and ssh say of a server', () => {
  const cases: Record<string, { line: string; code: string; next: string }> = {
    'that nobody has compared': {
      line: 'subprocess ssh: No ED25519 host key is known for [127.0.0.1]:37535 and you have requested strict checking.',
      code: 'REPOSITORY_DENIED',
      next: `muelle backup trust --from ${location}`,
    },
    'that has another key': {
      line: 'subprocess ssh: @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @',
      code: 'REPOSITORY_DENIED',
      next: `muelle backup trust --from ${location}`,
    },
    'that does not know our key': {
      line: 'subprocess ssh: root@127.0.0.1: Permission denied (publickey,keyboard-interactive).',
      code: 'REPOSITORY_DENIED',
      next: 'muelle backup ssh-key',
    },
    'of S3 that does not know the key': {
      line: 'Stat(<config/>) returned error, retrying after 1.4s: Stat: The access key ID you provided does not exist in our records.',
      code: 'REPOSITORY_DENIED',
      next: 'muelle secrets set AWS_ACCESS_KEY_ID',
    },
    // Not a damaged repository.
    'of S3 with another secret': {
      line: 'Stat: The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      code: 'REPOSITORY_DENIED',
      next: 'muelle secrets set AWS_ACCESS_KEY_ID',
    },
    'of S3 without keys': {
      line: 'Fatal: unable to open repository at s3:http://127.0.0.1/b: s3.getCredentials: no credentials found.',
      code: 'REPOSITORY_DENIED',
      next: 'muelle secrets set AWS_ACCESS_KEY_ID',
    },
    'of REST with another password': {
      line: 'Fatal: unable to open config file: unexpected HTTP response (401): 401 Unauthorized',
      code: 'REPOSITORY_DENIED',
      next: 'muelle secrets set RESTIC_REST_USERNAME',
    },
    'that is not there': {
      line: 'Load(<config/>) returned error, retrying after 1s: dial tcp 127.0.0.1:9: connect: connection refused',
      code: 'REPOSITORY_UNUSABLE',
      next: 'run the same command again',
    },
  }
  for (const [what, { line, code, next }] of Object.entries(cases))
    test(`is told: one ${what}`, () => {
      const told = explainServer(location, ['before', line])
      assert.equal(told?.code, code)
      assert.ok(told?.hint?.includes(next), told?.hint)
      assert.equal(isRefusal(line), code === 'REPOSITORY_DENIED')
    })
  test('is no refusal where a bucket is still to be made', () => {
    const line =
      'Stat(<config/>) returned error, retrying after 1.1s: Stat: The specified bucket does not exist.'
    assert.equal(hasNoBucket(line), true)
    assert.equal(isRefusal(line), false)
  })
  test('is asked again when restic has ended before it knew why', () => {
    const ended = 'Fatal: unable to open repository: unable to start the sftp session, error: EOF'
    assert.equal(isUnexplained([ended]), true)
    assert.equal(isUnexplained(['subprocess ssh: Connection refused', ended]), false)
    assert.equal(explainServer(location, [ended]), undefined)
  })
})
