import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { changedSince } from './changed-since.ts'

test('a project has changed when a file of it was written, made or removed', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'muelle-changed-'))
  t.after(() => rm(folder, { recursive: true }))
  const [old, moment, later] = [1000, 2000, 3000].map((seconds) => new Date(seconds * 1000))
  assert.ok(old && moment && later)
  await mkdir(join(folder, 'app', 'deep'), { recursive: true })
  await mkdir(join(folder, 'node_modules'))
  await writeFile(join(folder, 'app', 'deep', 'views.py'), '')
  const all = ['app/deep/views.py', 'app/deep', 'app', '.']
  const age = async (): Promise<void> => {
    for (const path of all) await utimes(join(folder, path), old, old)
  }
  await age()
  assert.equal(await changedSince(folder, moment), false)
  for (const path of all) {
    await utimes(join(folder, path), later, later)
    assert.equal(await changedSince(folder, moment), true, path)
    await age()
  }
  await utimes(join(folder, 'node_modules'), later, later)
  assert.equal(await changedSince(folder, moment), false)
})
