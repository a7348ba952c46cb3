import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { execa } from 'execa'

/** A sample of each suite that `npm run faults` runs whole. */
const samples: readonly { suite: string; options: string[] }[] = [
  { suite: 'kill', options: ['--only', 'blue-green', '--every', '18'] },
  { suite: 'kill', options: ['--only', 'rolling', '--every', '24'] },
  { suite: 'inject', options: ['--only', 'was removed'] },
  { suite: 'canary', options: ['--canaries', '100'] },
  { suite: 'agent', options: ['--deliveries', '4'] },
  { suite: 'data', options: ['--only', 'media', '--group', 'flips', '--flips', '2'] },
]

for (const { suite, options } of samples) {
  test(`faults ${suite} ${options.join(' ')}`, async () => {
    const program = join(import.meta.dirname, `${suite}.ts`)
    const node = ['--disable-warning=ExperimentalWarning', program, ...options]
    const { exitCode, stdout, stderr } = await execa(process.execPath, node, { reject: false })
    assert.equal(exitCode, 0, stderr)
    const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
    if (suite === 'kill' || suite === 'agent')
      assert.deepEqual([result.converged, result.lost], [result.cases, 0], stderr)
    if (suite === 'inject' || suite === 'data') assert.equal(result.expected, result.cases, stderr)
  })
}
