import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spawn } from './spawn.ts'

test('no shell is ever spawned', async () => {
  for (const shell of ['sh', '/bin/sh', 'bash', '/usr/bin/env'])
    await assert.rejects(spawn(shell, ['-c', 'true']), /no shell/)
})
