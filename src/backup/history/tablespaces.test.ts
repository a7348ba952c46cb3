import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copyArguments } from './layout.ts'
import { readNumbers, readTablespaces } from './tablespaces.ts'

test('tablespaces are copied beside the data folder, wherever they are', () => {
  const found = readTablespaces('16390|/fast disk/a=b\n16391|/x\n')
  const argv = copyArguments('/history/7/bases/unfinished', found)
  assert.deepEqual(argv.slice(-2), [
    '--tablespace-mapping=/fast disk/a\\=b=/history/7/bases/unfinished-tablespaces/16390',
    '--tablespace-mapping=/x=/history/7/bases/unfinished-tablespaces/16391',
  ])
  assert.deepEqual(readTablespaces(''), [])
})

test('a copy tells of which tablespaces it is', () => {
  assert.deepEqual(readNumbers('/history/7/bases/20-tablespaces/16390\n'), ['16390'])
  assert.deepEqual(readNumbers(''), [])
})
