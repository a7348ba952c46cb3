import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { fromGithub, pushOf, webhookSecret as secret } from '../../../test/support/agent.ts'
import { readDelivery } from './delivery.ts'
import { whyIgnored } from './filter.ts'
import { isSigned } from './signature.ts'

const mac = (body: string): string => createHmac('sha256', secret).update(body).digest('hex')
const bytes = Buffer.from('{"ref":"refs/heads/main","after":"1"}')

describe('the signature', () => {
  test('of GitHub is the one of its documentation', () => {
    const headers = {
      'x-github-event': 'ping',
      'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    }
    const example = { headers, bytes: Buffer.from('Hello, World!') }
    assert.equal(isSigned(example, "It's a Secret to Everybody"), true)
    assert.equal(isSigned(example, "It's a Secret to Nobody"), false)
  })
  test('of Gitea is hexadecimal alone', () => {
    const headers = { 'x-gitea-event': 'push', 'x-gitea-signature': mac(String(bytes)) }
    assert.equal(isSigned({ headers, bytes }, secret), true)
    assert.equal(isSigned({ headers: { ...headers, 'x-gitea-signature': 'ab' }, bytes }, secret), false)
  })
  test('of GitLab is the secret', () => {
    const headers = { 'x-gitlab-event': 'Push Hook', 'x-gitlab-token': secret }
    assert.equal(isSigned({ headers, bytes }, secret), true)
    assert.equal(isSigned({ headers: { ...headers, 'x-gitlab-token': `${secret}x` }, bytes }, secret), false)
  })
  test('is over the bytes, also where they are no text', () => {
    const body = Buffer.from([0xff, 0xfe, 0x00])
    const signature = createHmac('sha256', secret).update(body).digest('hex')
    const headers = { 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${signature}` }
    assert.equal(isSigned({ headers, bytes: body }, secret), true)
    assert.equal(isSigned({ headers, bytes: Buffer.from(body.toString('utf8')) }, secret), false)
  })
  test('of one sender is none of another, and of nobody', () => {
    const headers = { 'x-hub-signature-256': `sha256=${mac(String(bytes))}`, 'x-gitlab-token': secret }
    assert.equal(isSigned({ headers, bytes }, secret), false)
    assert.equal(isSigned({ headers: { ...headers, 'x-gitea-event': 'push' }, bytes }, secret), false)
  })
})

describe('a delivery', () => {
  const read = (payload: unknown, event = 'push') => {
    const { headers, body } = fromGithub(payload, { id: 'a-1', event })
    return readDelivery(headers, Buffer.from(body))
  }
  const why = (change: Record<string, unknown>, paths?: string[]) =>
    whyIgnored(read(pushOf(change)), { repo: '/srv/shop.git', branch: 'main', paths })

  test('has the name that its sender gave it, or that of its body', () => {
    assert.equal(read(pushOf()).id, 'a-1')
    const gitlab = { 'x-gitlab-event': 'Push Hook', 'x-gitlab-event-uuid': 'not a name\n' }
    const { id, digest, event } = readDelivery(gitlab, bytes)
    assert.deepEqual([id, event], [digest, 'push'])
  })
  test('may be a form', () => {
    const body = Buffer.from(
      new URLSearchParams({ payload: JSON.stringify(pushOf({ after: 'abc' })) }).toString(),
    )
    const headers = { 'x-github-event': 'push', 'content-type': 'application/x-www-form-urlencoded' }
    assert.equal(readDelivery(headers, body).push?.commit, 'abc')
  })
  test('that is signed and unreadable has a code', () => {
    for (const body of ['', '[]', 'null', '{"ref":1}', '\u0000'])
      assert.throws(() => readDelivery({ 'x-github-event': 'push' }, Buffer.from(body)), {
        code: 'REQUEST_INVALID',
      })
  })
  test('of a push to the branch is an update', () => {
    assert.equal(why({}), undefined)
  })
  for (const ref of [
    'refs/heads/other',
    'refs/tags/main',
    'refs/heads/--upload-pack=x',
    'refs/heads/a;b',
    'main',
  ])
    test(`of a push to ${ref} is none`, () => {
      assert.equal(why({ ref }), 'not main')
    })
  test('of a branch that was deleted is none', () => {
    assert.equal(why({ deleted: true }), 'the branch was deleted')
    assert.equal(why({ after: '0'.repeat(40) }), 'the branch was deleted')
  })
  test('of another event is none', () => {
    assert.equal(whyIgnored(read({ zen: 'x' }, 'ping'), undefined), 'ping')
    assert.equal(whyIgnored(read({}, 'issues'), undefined), 'no push')
  })
  test('for an app that follows no branch is none', () => {
    assert.equal(whyIgnored(read(pushOf()), undefined), 'x-muelle.update is not set')
  })

  const commits = (...files: string[]) => [{ added: files, removed: [], modified: [] }]
  test('is filtered by the paths of its commits', () => {
    assert.equal(why({ commits: commits('backend/a/b.py') }, ['backend/**']), undefined)
    assert.match(why({ commits: commits('docs/a.md', 'README') }, ['backend/**']) ?? '', /paths/)
  })
  test('is not filtered when it does not tell all paths', () => {
    for (const change of [{ forced: true }, { commits: [] }, { total_commits_count: 25 }])
      assert.equal(why({ commits: commits('docs/a.md'), ...change }, ['backend/**']), undefined)
  })
})
