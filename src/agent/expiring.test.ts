import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shop } from '../../test/support/app.ts'
import { fakeCertificates, fakeGateway, fakeNotifier } from '../../test/support/fake-ports.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import type { Told } from '../notify/notice.ts'
import { createAppFiles } from '../release/files.ts'
import { openStore } from '../store/store.ts'
import { tellAllExpiring } from './expiring.ts'

const now = new Date('2027-03-01T12:00:00Z')
const facts = { names: ['shop.example'], issuer: 'An authority', isSelfSigned: false }

test('a certificate that ends soon is told, of every app, and one that cannot be read holds up no other', async (t) => {
  const files = createAppFiles(temporaryFolder(t))
  const store = openStore(':memory:')
  for (const name of ['broken', 'shop', 'blog']) {
    store.rememberApp({ name, directory: `/srv/${name}`, environment: 'production' })
    if (name === 'broken') continue
    await files.keepLatest({ ...shop({ domains: [`${name}.example`], tls: 'off' }), name })
  }
  const ends: Record<string, string> = { shop: '2027-03-10T00:00:00Z', blog: '2027-05-01T00:00:00Z' }
  const told: [string, Told][] = []
  const reports: unknown[] = []
  const services = {
    store,
    files,
    gateway: fakeGateway(),
    certificates: {
      ...fakeCertificates,
      facts: async (_: unknown, { name }: { name: string }) => ({ ...facts, expiresAt: ends[name] ?? '' }),
    },
    notifier: {
      ...fakeNotifier,
      tell: async (app: { name: string }, what: Told) => void told.push([app.name, what]),
    },
  }
  await tellAllExpiring(services, { now, report: (error) => reports.push(error) })
  assert.deepEqual(
    told.map(([app, { kind, message }]) => [app, kind, message]),
    [['shop', 'certificate-expiring', 'The certificate of shop.example ends on 2027-03-10.']],
  )
  assert.equal(reports.length, 1)
})
