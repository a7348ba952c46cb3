import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fakeNotifier } from '../../test/support/fake-ports.ts'
import { appSchema } from '../app/schema.ts'
import { tellBackupFailure } from '../backup/tell.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { tellExpiring } from '../gateway/certificates/tell.ts'
import type { Told } from '../notify/notice.ts'
import type { Notifier } from '../notify/notifier.ts'
import { type Known, tellOutcome } from './tell.ts'

const app = { name: 'shop', environment: 'production', settings: appSchema.parse({}) }
const done = { app: 'shop', release: 2, previous: 1, steps: [] }

function listener(): { told: Told[]; notifier: Notifier } {
  const told: Told[] = []
  const tell: Notifier['tell'] = async (_, notice) => void told.push(notice)
  return { told, notifier: { ...fakeNotifier, tell } }
}

/** What is told of a deployment that ends so. */
async function outcome(known: Known, error?: Error): Promise<Told[]> {
  const { told, notifier } = listener()
  const work = () => (error === undefined ? Promise.resolve(done) : Promise.reject(error))
  await tellOutcome({ app, known, notifier }, work).catch((thrown) => assert.equal(thrown, error))
  return told
}

describe('of a deployment is told', () => {
  test('that it is live, with its commit and what is in it', async () => {
    assert.deepEqual(await outcome({ release: 2, commit: 'abc', changes: ['abc A change'] }), [
      { kind: 'deployed', release: 2, previous: 1, commit: 'abc', changes: ['abc A change'] },
    ])
  })
  test('that it was taken back, with the reason, the cause, the lines and the next command', async () => {
    const error = new MuelleError('RELEASE_COMMAND_FAILED', 'migrate failed', { hint: 'mend', log: ['line'] })
    const [told] = await outcome({ release: 2 }, error.because({ id: 'x', text: 'No such column.' }))
    assert.deepEqual(told, {
      kind: 'rolled-back',
      code: 'RELEASE_COMMAND_FAILED',
      message: 'migrate failed\nCause: No such column.',
      log: ['line'],
      release: 2,
      next: 'mend',
    })
  })
  test('that it failed before anything was changed', async () => {
    const [told] = await outcome({ release: 2 }, new MuelleError('BUILD_FAILED', 'no such file'))
    assert.equal(told?.kind, 'failed')
  })
  test('nothing of what somebody at a terminal sees at once, but all of it where nobody is', async () => {
    const refused = new MuelleError('CHECK_FAILED', 'critical')
    assert.deepEqual(await outcome({}, refused), [])
    assert.equal((await outcome({ isUnattended: true }, refused))[0]?.code, 'CHECK_FAILED')
  })
  test('nothing of what is no failure', async () => {
    for (const code of ['INTERRUPTED', 'LOCKED', 'UPDATES_PAUSED'] as const)
      assert.deepEqual(await outcome({ release: 2, isUnattended: true }, new MuelleError(code, 'x')), [])
  })
})

test('of a backup is told that it failed, not that it was stopped', async () => {
  const { told, notifier } = listener()
  await tellBackupFailure(new MuelleError('BACKUP_UNPROVEN', 'rows differ'), app, notifier)
  await tellBackupFailure(new MuelleError('INTERRUPTED', 'stopped'), app, notifier)
  assert.deepEqual(
    told.map(({ kind, code }) => [kind, code]),
    [['backup-failed', 'BACKUP_UNPROVEN']],
  )
})

test('of a certificate is told that it ends soon, when browsers trust it', async () => {
  const now = new Date('2026-11-24T00:00:00Z')
  const expire = async (expiresAt: string, isSelfSigned = false) => {
    const { told, notifier } = listener()
    const certificate = { names: ['a.example'], issuer: 'R3', expiresAt, isSelfSigned }
    await tellExpiring({ certificate, domains: ['a.example'], now }, app, { notifier })
    return told.map(({ message }) => message)
  }
  assert.deepEqual(await expire('2026-12-24T00:00:00Z'), [])
  assert.deepEqual(await expire('2026-12-01T00:00:00Z', true), [])
  assert.deepEqual(await expire('2026-12-01T00:00:00Z'), ['The certificate of a.example ends on 2026-12-01.'])
  assert.deepEqual(await expire('2026-11-20T00:00:00Z'), [
    'The certificate of a.example ended on 2026-11-20.',
  ])
})
