import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { startMail, startReceiver } from '../../test/support/receivers.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { appSchema } from '../app/schema.ts'
import { Secret } from '../secrets/secret.ts'
import { createVault } from '../secrets/vault.ts'
import { openStore } from '../store/store.ts'
import { createNotifier } from './notifier.ts'

function installation(t: TestContext, { isPrivateAllowed = true } = {}) {
  const home = temporaryFolder({ after: (work) => t.after(work) })
  const store = openStore(join(home, 'muelle.db'))
  t.after(() => store.close())
  const vault = createVault(home)
  const clock = { now: Date.now() }
  const options = { store, vault, host: 'web-1', now: () => clock.now }
  const privateHosts = new Set(isPrivateAllowed ? ['127.0.0.1'] : [])
  const mailServer = { url: undefined, from: undefined }
  return {
    store,
    vault,
    clock,
    notifier: createNotifier({ ...options, privateHosts, mailServer, githubApi: 'http://127.0.0.1:9' }),
  }
}

const shop = (notify: object) => ({
  name: 'shop',
  environment: 'production',
  settings: { notify: appSchema.parse({ notify }).notify },
})
const variable = (name: string) => ['$', `{${name}:?}`].join('')
const rolledBack = {
  kind: 'rolled-back',
  release: 3,
  commit: 'abc',
  code: 'NOT_READY',
  message: 'It did not answer.',
  log: ['password is planted-value'],
} as const
const timeoutMs = 10_000

describe('who is to be told', () => {
  test('is told by email, Slack and webhook what failed, and no secret [C9]', async (t) => {
    const { store, vault, notifier } = installation(t)
    const [mail, http] = [await startMail(t), await startReceiver(t)]
    await vault.set(
      'shop',
      new Map([
        ['SMTP_URL', new Secret(mail.url)],
        ['HOOK', new Secret(`${http.url}/hook/planted-path`)],
        ['NOTIFY_WEBHOOK_SECRET', new Secret('signing key')],
        ['OTHER', new Secret('planted-value')],
      ]),
    )
    const app = shop({ email: 'ada@example.com', slack: `${http.url}/slack`, webhook: variable('HOOK') })
    await notifier.tell(app, rolledBack)
    assert.deepEqual(await notifier.deliverDue({ timeoutMs }), { sent: 3, failed: 0 })
    const [message] = mail.mails
    assert.partialDeepStrictEqual(message, { from: 'ops@example.com', to: ['ada@example.com'] })
    assert.match(message?.text ?? '', /Subject: \[shop\] Release 3 was taken back: It did not answer\./)
    assert.match(message?.text ?? '', /password is \[redacted\]/)
    const hook = http.received.find(({ path }) => path === '/hook/planted-path')
    const slack = http.received.find(({ path }) => path === '/slack')
    const signature = createHmac('sha256', 'signing key')
      .update(hook?.body ?? '')
      .digest('hex')
    assert.equal(hook?.headers['x-muelle-signature-256'], `sha256=${signature}`)
    assert.match(JSON.parse(slack?.body ?? '{}').text, /Release 3 was taken back/)
    const sent = JSON.stringify([
      mail.mails,
      http.received.map(({ body }) => body),
      store.notifications('shop'),
    ])
    for (const secret of ['planted-value', 'planted-path', 'planted-mail-password', 'signing key'])
      assert.ok(!sent.includes(secret), secret)
  })
  test('is told the same once', async (t) => {
    const { clock, notifier } = installation(t)
    const { received, url } = await startReceiver(t)
    const app = shop({ slack: url })
    for (let times = 0; times < 3; times++) await notifier.tell(app, rolledBack)
    await notifier.tell(app, { ...rolledBack, commit: 'def' })
    await notifier.deliverDue({ timeoutMs })
    assert.equal(received.length, 2)
    clock.now += 25 * 3_600_000
    await notifier.tell(app, rolledBack)
    await notifier.deliverDue({ timeoutMs })
    assert.equal(received.length, 3)
  })
  test('is told later when it cannot be now, by whichever process comes, once', async (t) => {
    const { clock, store, notifier, vault } = installation(t)
    const { received, state, url } = await startReceiver(t)
    const mail = await startMail(t)
    await vault.set('shop', new Map([['SMTP_URL', new Secret(mail.url)]]))
    state.status = 503
    mail.state.refuses = true
    await notifier.tell(shop({ slack: url, email: 'ada@example.com' }), rolledBack)
    assert.deepEqual(await notifier.deliverDue({ timeoutMs }), { sent: 0, failed: 2 })
    assert.deepEqual(await notifier.deliverDue({ timeoutMs }), { sent: 0, failed: 0 }, 'not at once')
    const errors = store
      .notifications('shop')
      .map(({ error }) => error)
      .join('\n')
    assert.match(errors, /answered 503/)
    assert.match(errors, /mailbox is full/)
    state.status = 200
    mail.state.refuses = false
    clock.now += 61_000
    const both = await Promise.all([notifier.deliverDue({ timeoutMs }), notifier.deliverDue({ timeoutMs })])
    assert.equal(both[0].sent + both[1].sent, 2)
    assert.equal(received.length, 2)
    assert.equal(mail.mails.length, 1)
  })
  test('is given up in the end', async (t) => {
    const { clock, store, notifier } = installation(t)
    const { received, state, url } = await startReceiver(t)
    state.status = 404
    await notifier.tell(shop({ slack: url }), rolledBack)
    for (let times = 0; times < 20; times++) {
      await notifier.deliverDue({ timeoutMs })
      clock.now += 86_400_000
    }
    assert.equal(received.length, 8)
    assert.equal(store.notifications('shop')[0]?.nextAt, null)
  })
  test('is waited for no longer than told', async (t) => {
    const { store, notifier } = installation(t)
    const silent = createServer(() => undefined)
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    t.after(() => silent.closeAllConnections())
    t.after(() => silent.close())
    await notifier.tell(
      shop({ slack: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` }),
      rolledBack,
    )
    const began = performance.now()
    assert.deepEqual(await notifier.deliverDue({ timeoutMs: 300 }), { sent: 0, failed: 1 })
    assert.ok(performance.now() - began < 2000)
    assert.notEqual(store.notifications('shop')[0]?.nextAt, null)
  })
})

describe('an address that is not public', () => {
  test('is sent nothing unless the installation allows it, by name, number or redirect', async (t) => {
    const { store, notifier } = installation(t, { isPrivateAllowed: false })
    const { received, url } = await startReceiver(t)
    const { port } = new URL(url)
    for (const host of ['127.0.0.1', 'localhost', '0x7f.1', '[::ffff:127.0.0.1]'])
      await notifier.tell(shop({ slack: `http://${host}:${port}/` }), rolledBack)
    assert.deepEqual(await notifier.deliverDue({ timeoutMs }), { sent: 0, failed: 4 })
    for (const { error } of store.notifications('shop')) assert.match(error ?? '', /not public/)
    assert.equal(received.length, 0)
    const open = installation(t)
    const first = await startReceiver(t)
    first.state.status = 307
    first.state.location = url
    await open.notifier.tell(shop({ slack: first.url }), rolledBack)
    assert.deepEqual(await open.notifier.deliverDue({ timeoutMs }), { sent: 0, failed: 1 })
    assert.equal(received.length, 0)
  })
})

describe('a test', () => {
  test('says by channel what is missing', async (t) => {
    const { notifier } = installation(t)
    const { url, received } = await startReceiver(t)
    const app = shop({ email: 'ada@example.com', slack: url, webhook: url })
    const results = await notifier.test(app)
    assert.deepEqual(
      results.map(({ channel, error }) => [channel, error?.match(/secret \w+/)?.[0]]),
      [
        ['email', 'secret SMTP_URL'],
        ['slack', undefined],
        ['webhook', 'secret NOTIFY_WEBHOOK_SECRET'],
      ],
    )
    assert.match(received[0]?.body ?? '', /This is a test/)
  })
})
