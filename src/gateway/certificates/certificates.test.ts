import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { shop } from '../../../test/support/app.ts'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import type { Order } from '../config/renewal.ts'
import { nextAttempt } from './attempts.ts'
import { certbotArguments, installArguments, orderArguments } from './certbot-arguments.ts'
import { readOwnFiles } from './own-files.ts'
import { belongTogether, readCertificate, uncovered } from './read.ts'
import { ensureSelfSigned } from './self-signed.ts'

const pod = {
  instance: 'muelle',
  name: 'gateway',
  folder: '/state/gateway',
  image: 'nginx:1.30',
  publish: [],
}
const order: Order = {
  app: 'shop',
  domains: ['shop.example.com', 'www.example.com'],
  email: 'ops@example.com',
  staging: false,
  file: 'shop-1-acme.pem',
}
const options = { image: 'certbot/certbot:v5.5.0', server: undefined, hasAuthority: false }

describe('a certificate that Muelle signed', () => {
  test('holds for its names, and has its key beside it', async (t) => {
    const file = join(temporaryFolder(t), 'tls', 'shop.pem')
    await ensureSelfSigned(file, ['shop.example.com'])
    const pem = readFileSync(file, 'utf8')
    const { names, isSelfSigned } = readCertificate(pem)
    assert.deepEqual(names, ['shop.example.com'])
    assert.ok(isSelfSigned)
    assert.ok(belongTogether(pem.slice(pem.indexOf('-----BEGIN CERT')), pem))
  })
  test('is made once', async (t) => {
    const file = join(temporaryFolder(t), 'shop.pem')
    await ensureSelfSigned(file, ['shop.example.com'])
    const before = readFileSync(file, 'utf8')
    await ensureSelfSigned(file, ['shop.example.com'])
    assert.equal(readFileSync(file, 'utf8'), before)
  })
})

test('a wildcard holds for one label, and not for the name itself', () => {
  const names = { names: ['*.example.com', 'example.org'] }
  const asked = ['shop.example.com', 'a.shop.example.com', 'example.com', 'example.org']
  assert.deepEqual(uncovered(names, asked), ['a.shop.example.com', 'example.com'])
})

describe('certificate files of the project', () => {
  const world = async (
    t: TestContext,
    names: readonly string[],
    change: (text: string) => string = (text) => text,
  ) => {
    const folder = temporaryFolder(t)
    await ensureSelfSigned(join(folder, 'a.pem'), names)
    const pem = readFileSync(join(folder, 'a.pem'), 'utf8')
    const at = pem.indexOf('-----BEGIN CERTIFICATE')
    writeFileSync(join(folder, 'key.pem'), change(pem.slice(0, at)))
    writeFileSync(join(folder, 'cert.pem'), pem.slice(at))
    const tls = { certificate: 'cert.pem', key: 'key.pem' }
    const entrance = { kind: 'domains', domains: ['shop.example.com'], tls } as const
    return { app: { ...shop(), directory: folder, entrance }, pem }
  }
  test('are taken as they are', async (t) => {
    const { app, pem } = await world(t, ['shop.example.com'])
    assert.equal(await readOwnFiles(app), pem)
  })
  test('of another name are refused by the name that they lack', async (t) => {
    const { app } = await world(t, ['www.example.com'])
    await assert.rejects(readOwnFiles(app), {
      code: 'CERTIFICATE_INVALID',
      message: /does not hold for shop\.example\.com/,
    })
  })
  test('with a key of something else are refused', async (t) => {
    const { pem } = await world(t, ['x.example.com'])
    const { app } = await world(t, ['shop.example.com'], () =>
      pem.slice(0, pem.indexOf('-----BEGIN CERTIFICATE')),
    )
    await assert.rejects(readOwnFiles(app), { message: /the private key is that of another certificate/ })
  })
  test('that are none are refused', async (t) => {
    const { app } = await world(t, ['shop.example.com'], () => 'secret')
    await assert.rejects(readOwnFiles(app), { code: 'CERTIFICATE_INVALID' })
    await assert.rejects(readOwnFiles({ ...app, directory: '/nowhere' }), {
      message: /cannot be read \(ENOENT\)/,
    })
  })
})

describe('asking an authority', () => {
  test('names every domain, and answers no question by hand', () => {
    const argv = orderArguments(order, options)
    for (const domain of order.domains) assert.equal(argv[argv.indexOf(domain) - 1], '--domain')
    for (const flag of ['--non-interactive', '--agree-tos', '--keep-until-expiring'])
      assert.ok(argv.includes(flag))
    assert.ok(!argv.includes('--staging'))
  })
  test('asks the staging server under a name of its own', () => {
    const argv = orderArguments({ ...order, staging: true }, options)
    assert.ok(argv.includes('--staging') && argv.includes('shop.staging'))
  })
  test('asks another authority if there is one, and trusts who signs for it', () => {
    const argv = orderArguments(order, { ...options, server: 'https://ca/directory' })
    assert.equal(argv[argv.indexOf('--server') + 1], 'https://ca/directory')
    assert.match(certbotArguments(pod, { ...options, hasAuthority: true }).join(' '), /REQUESTS_CA_BUNDLE=/)
  })
  test('puts key and chain into one file, in one rename, and tells nginx afterwards', () => {
    const command = installArguments(order).at(-1) ?? ''
    assert.match(
      command,
      /privkey\.pem.*fullchain\.pem.*>\/tls\/shop-1-acme\.pem\.next && mv .* && date .*renewed$/,
    )
  })
  test('renews by itself [O9, W4]', () => {
    assert.match(certbotArguments(pod, options).at(-1) ?? '', /renew --non-interactive; sleep 12h/)
  })
})

describe('after failures', () => {
  const hour = 3_600_000
  const at = (...times: readonly number[]) => times.map((time) => ({ at: time, why: 'no' }))
  test('the third in an hour is the last', () => {
    assert.equal(nextAttempt([], hour), undefined)
    assert.equal(nextAttempt(at(10, 20), hour), undefined)
    assert.equal(nextAttempt(at(10, 20, 30), hour), hour + 10)
  })
  test('an hour later all is forgotten', () => {
    assert.equal(nextAttempt(at(10, 20, 30), hour + 11), undefined)
  })
  test('no sequence of attempts has four failures within an hour', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: hour / 2 }), { maxLength: 30 }), (pauses) => {
        const failed: { at: number; why: string }[] = []
        let now = 2 * hour
        for (const pause of pauses) {
          now += pause
          if (nextAttempt(failed, now) === undefined) failed.push({ at: now, why: 'no' })
        }
        for (const [index, { at: time }] of failed.entries()) {
          assert.ok(time - (failed[index - 3]?.at ?? Number.NEGATIVE_INFINITY) >= hour)
        }
      }),
    )
  })
})
