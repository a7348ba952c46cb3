import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { appSchema } from '../app/schema.ts'
import { slackBody, webhookRequest } from './bodies.ts'
import { connectionTo } from './email.ts'
import { backOff, keyOf, type Notice, targetsOf } from './notice.ts'
import { write } from './write.ts'

const about = { app: 'shop', environment: 'production', host: 'web-1', at: '2026-11-24T12:00:00.000Z' }
const failed: Notice = {
  ...about,
  kind: 'rolled-back',
  release: 4,
  commit: 'abcdef012345',
  code: 'RELEASE_COMMAND_FAILED',
  message: 'The release command failed: migrate\nCause: no such column',
  changes: ['abcdef0 Drop a column'],
  log: ['Applying 0004...', 'no such column <b>&</b>'],
  next: 'muelle up',
}
const settings = (notify: object) => appSchema.parse({ notify }).notify

describe('a notice in words', () => {
  test('says what failed, which release and commit, the last lines, and what to do', () => {
    const { subject, text } = write(failed)
    assert.equal(subject, '[shop] Release 4 was taken back: The release command failed: migrate')
    for (const part of [
      'no such column',
      'abcdef012345',
      'Drop a column',
      '| Applying 0004...',
      'Next: muelle up',
      'web-1',
    ])
      assert.ok(text.includes(part), part)
  })
  test('names another environment, and a release that is live', () => {
    const { subject } = write({ ...about, environment: 'staging', kind: 'deployed', release: 2, previous: 1 })
    assert.equal(subject, '[shop (staging)] Release 2 is live, after release 1.')
  })
  test('for Slack has nothing that Slack takes for more', () => {
    const { text } = JSON.parse(slackBody(failed)) as { text: string }
    assert.match(text, /^\*\[shop\] Release 4/)
    assert.ok(text.includes('&lt;b&gt;&amp;&lt;/b&gt;'))
  })
  test('for a webhook is signed as it is sent', () => {
    const { body, headers } = webhookRequest('id-1', failed, 'key')
    const expected = createHmac('sha256', 'key').update(body).digest('hex')
    assert.equal(headers['X-Muelle-Signature-256'], `sha256=${expected}`)
    assert.partialDeepStrictEqual(JSON.parse(body), { id: 'id-1', kind: 'rolled-back', release: 4 })
  })
})

describe('a notice goes', () => {
  test('to every channel that is named, and of what was asked for', () => {
    const all = settings({ email: ['a@example.com', 'b@example.com'], slack: 'https://hooks.example.com/x' })
    assert.deepEqual(targetsOf(all, 'failed'), [
      ['email', 'a@example.com, b@example.com'],
      ['slack', 'https://hooks.example.com/x'],
    ])
    const some = settings({ webhook: ['$', '{HOOK:?}'].join(''), on: ['failed'] })
    assert.deepEqual(targetsOf(some, 'deployed'), [])
    assert.equal(targetsOf(some, 'test').length, 1)
    assert.deepEqual(targetsOf(settings({}), 'failed'), [])
  })
  test('once for one release, and for one failure of one commit', () => {
    const { app, environment, host, at, ...told } = failed
    assert.equal(keyOf(told), keyOf({ ...told, release: 5 }))
    assert.notEqual(keyOf(told), keyOf({ ...told, commit: 'other' }))
    assert.notEqual(keyOf(told), keyOf({ ...told, code: 'NOT_READY' }))
    assert.notEqual(keyOf({ kind: 'deployed', release: 1 }), keyOf({ kind: 'deployed', release: 2 }))
  })
  test('again and again, ever later, and then no more', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7].map((failures) => backOff(failures) ?? 0)
    assert.deepEqual(
      pauses,
      pauses.toSorted((a, b) => a - b),
    )
    assert.ok(pauses.every((pause) => pause >= 60_000))
    assert.equal(backOff(8), undefined)
  })
})

describe('a mail server', () => {
  test('is reached as its address says, and told a password in clear on this machine only', () => {
    assert.partialDeepStrictEqual(connectionTo('smtps://me%40x.org:p%3Aw@mail.example.com'), {
      host: 'mail.example.com',
      port: 465,
      secure: true,
      auth: { user: 'me@x.org', pass: 'p:w' },
    })
    assert.partialDeepStrictEqual(connectionTo('smtp://me:p@mail.example.com'), {
      port: 587,
      requireTLS: true,
    })
    assert.equal(connectionTo('smtp://me:p@localhost:2525').requireTLS, false)
    assert.equal(connectionTo('smtp://mail.example.com').requireTLS, false)
  })
})
