import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spawn } from './spawn.ts'

test('no shell is ever spawned', async () => {
  for (const shell of ['sh', '/bin/sh', 'bash', '/usr/bin/env'])
    await assert.rejects(spawn(shell, ['-c', 'true']), /no shell/)
})

test('what is handed on line by line is kept nowhere', async () => {
  const seen: string[] = []
  const script = "console.log('one'); console.log('secret'); console.error('told')"
  const { stdout, lines } = await spawn(process.execPath, ['--eval', script], {
    onOutput: (line) => seen.push(line),
    redact: (line) => line.replace('secret', '***'),
  })
  assert.deepEqual([seen, stdout, lines], [['one', 'secret'], '', ['told']])
})
