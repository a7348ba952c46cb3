import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judgeEntries, readEntry, readTargets } from './entries.ts'

const forbidden = (entries: Parameters<typeof judgeEntries>[0]) => judgeEntries(entries).leftOut
const root = '/restore-point/media/m'
const link = (path: string, target: string) => ({ path: `${root}/${path}`, type: 'symlink', target })

describe('of a folder to be restored', () => {
  test('links that stay within it are made', () => {
    for (const entry of [
      link('a', 'b'),
      link('a', './b/c'),
      link('a/b', '../c'),
      link('a/b/c', '../../d/e'),
      link('a/b', '..'),
      link('a/..b', '..c/d..'),
    ])
      assert.deepEqual(forbidden([entry]), [], entry.target)
  })
  test('those that lead out of it, or could by way of another, are not', () => {
    for (const entry of [
      link('a', '/etc/passwd'),
      link('a', '..'),
      link('a', '../m2/x'),
      link('a/b', '../../x'),
      link('a/b', '.././../x'),
      link('a', 'b/../../x'),
      link('a', 'b/../c'),
      link('a', ''),
    ])
      assert.deepEqual(forbidden([entry]), [entry], entry.target)
  })
  test('nothing but files is in dumps and secrets', () => {
    for (const part of ['dump', 'state']) {
      const entry = { ...link('a', 'b'), path: `/restore-point/${part}/a` }
      assert.deepEqual(judgeEntries([entry]), { refused: [entry], leftOut: [] })
    }
  })
  test('a volume that is a link itself is not', () => {
    assert.equal(forbidden([{ path: root, type: 'symlink', target: 'b' }]).length, 1)
  })
  test('devices and pipes are not', () => {
    for (const type of ['dev', 'chardev', 'fifo', 'irregular'])
      assert.equal(forbidden([{ path: `${root}/x`, type }]).length, 1)
  })
})

describe('of the list of a snapshot', () => {
  const line = (type: string, name: string, path = `${root}/${name}`) => JSON.stringify({ name, path, type })

  test('files and folders are nothing special', () => {
    assert.equal(readEntry(line('file', 'x')), undefined)
    assert.equal(readEntry(line('dir', 'x')), undefined)
    assert.equal(readEntry(JSON.stringify({ message_type: 'snapshot', paths: [] })), undefined)
    assert.equal(readEntry('Ignoring "abc"'), undefined)
  })
  test('a name that leads elsewhere is, whatever it names', () => {
    for (const name of ['..', '.', '', '../x', 'a/b', 'a\0b'])
      assert.equal(readEntry(line('file', name, `${root}/x`))?.type, 'name that leads elsewhere', name)
  })
  test('targets are told by path', () => {
    const text = JSON.stringify([{ matches: [{ path: '/a', linktarget: '/etc' }, { path: '/b' }], hits: 2 }])
    assert.deepEqual(
      [...readTargets(text)],
      [
        ['/a', '/etc'],
        ['/b', ''],
      ],
    )
    assert.equal(readTargets('').size, 0)
  })
})
