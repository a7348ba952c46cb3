import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { execa } from 'execa'

test('a sample of zero-loss --full: a rolling deployment loses nothing of any kind', async () => {
  const program = join(import.meta.dirname, 'zero-loss.ts')
  const options = ['--full', '--quick', '--only', 'rolling']
  const node = ['--disable-warning=ExperimentalWarning', program, ...options]
  const { exitCode, stdout, stderr } = await execa(process.execPath, node, { reject: false })
  assert.equal(exitCode, 0, stderr)
  const { sent, lost, items, byKind, operations } = JSON.parse(stdout.split('\n').at(-1) ?? '')
  assert.deepEqual({ lost, operations }, { lost: 0, operations: { rolling: 1 } })
  assert.ok(sent >= 1000 && byKind.websocket.drained > 0)
  assert.ok(items.answered > 0)
})
