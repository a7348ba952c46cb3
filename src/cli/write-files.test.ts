import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { writeFiles } from './write-files.ts'

const never = new AbortController().signal
const cleanupOf = (t: { after(work: () => Promise<void>): void }) => ({
  after: (work: () => Promise<void>) => t.after(work),
})

describe('files', () => {
  test('are written all, with their permissions, and leave nothing beside them', async (t) => {
    const folder = temporaryFolder(cleanupOf(t))
    writeFileSync(join(folder, 'there'), 'old', { mode: 0o640 })
    await writeFiles(
      folder,
      [
        { path: 'new', text: 'new', replaces: false },
        { path: 'secret', text: 's', mode: 0o600, replaces: false },
        { path: 'there', text: 'newer', replaces: true },
      ],
      never,
    )
    assert.deepEqual(readdirSync(folder, { recursive: true }).map(String).toSorted(), [
      'new',
      'secret',
      'there',
    ])
    assert.equal(readFileSync(join(folder, 'there'), 'utf8'), 'newer')
    assert.equal(statSync(join(folder, 'there')).mode & 0o777, 0o640)
    assert.equal(statSync(join(folder, 'secret')).mode & 0o777, 0o600)
  })
  for (const [what, last, signal] of [
    ['one of them cannot be', { path: 'taken/x', text: '', replaces: false }, never],
    ['another came there meanwhile', { path: 'taken', text: '', replaces: false }, never],
    ['someone stops it', { path: 'fine', text: '', replaces: false }, AbortSignal.abort()],
  ] as const)
    test(`are written none of when ${what}`, async (t) => {
      const folder = temporaryFolder(cleanupOf(t))
      writeFileSync(join(folder, 'taken'), 'theirs')
      writeFileSync(join(folder, 'there'), 'old')
      const files = [
        { path: 'new', text: 'x', replaces: false },
        { path: 'there', text: 'newer', replaces: true },
        last,
      ]
      const code = signal.aborted ? 'INTERRUPTED' : 'PROJECT_UNKNOWN'
      await assert.rejects(writeFiles(folder, files, signal), { code })
      assert.deepEqual(readdirSync(folder).toSorted(), ['taken', 'there'])
      assert.equal(readFileSync(join(folder, 'there'), 'utf8'), 'old')
      assert.equal(readFileSync(join(folder, 'taken'), 'utf8'), 'theirs')
    })
})
