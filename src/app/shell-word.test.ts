import assert from 'node:assert/strict'
import { test } from 'node:test'
import { execa } from 'execa'
import { shellWord } from './shell-word.ts'

test('a shell reads one word, as it was', async () => {
  for (const text of ['plain', '/srv/my app', "it's", '$HOME `id` "x" \\', '', 'a\nb', '-x', '*']) {
    const { stdout } = await execa('sh', ['-c', `printf %s ${shellWord(text)}`])
    assert.equal(stdout, text)
  }
})
