import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { haveKey } from './key.ts'

test('a key is made once, for its owner alone, whoever asks at the same time', async (t) => {
  const file = join(await temporaryFolder(t), 'state', 'backup.key')
  const made = await Promise.all([haveKey(file), haveKey(file), haveKey(file)])
  assert.equal(made.filter(({ isNew }) => isNew).length, 1)
  const key = await readFile(file, 'utf8')
  assert.match(key, /^[\w-]{43}\n$/)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.deepEqual(await haveKey(file), { isNew: false })
  assert.equal(await readFile(file, 'utf8'), key)
})
