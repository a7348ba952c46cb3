import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { readRemote, sshArguments } from './remote.ts'

describe('a command for another machine', () => {
  test('names the server, and where Muelle is there', () => {
    assert.deepEqual(readRemote(['--host', 'ssh://ada@web-1:2222/opt/muelle', 'status', '--json']), {
      server: 'ssh://ada@web-1:2222',
      program: '/opt/muelle',
      words: ['status', '--json'],
    })
    assert.deepEqual(readRemote(['--host=ssh://web-1', 'up']), {
      server: 'ssh://web-1',
      program: 'muelle',
      words: ['up'],
    })
    assert.equal(readRemote(['up', '--host', 'ssh://web-1']), undefined)
  })
  test('is refused without a server that ssh would take for one', () => {
    const wrong = [
      'web-1',
      'https://web-1',
      'ssh://ada:secret@web-1',
      'ssh://-oProxyCommand=id/',
      'ssh://-x@web-1',
      'ssh://a%20b@web-1',
      'ssh://',
      '',
    ]
    for (const address of wrong)
      assert.throws(() => readRemote(['--host', address, 'status']), { code: 'USAGE' }, address)
    assert.throws(() => readRemote(['--host', 'ssh://web-1']), { code: 'USAGE' })
    assert.throws(() => readRemote(['--host']), { code: 'USAGE' })
  })
  test('reaches its program word for word, through a real shell', () => {
    const word = fc.string({
      unit: fc.constantFrom('a', ' ', "'", '"', '$', '`', '\\', ';', '&', '|', '\n', '*', '~', '-', '='),
    })
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const remote = { server: 'ssh://web-1', program: 'printf', words: ['%s\\0', ...words] }
        const text = sshArguments(remote, { config: undefined, isTerminal: false }).at(-1) ?? ''
        const { stdout } = spawnSync('sh', ['-c', text], { encoding: 'utf8' })
        assert.deepEqual(stdout.split('\0').slice(0, -1), words)
      }),
      { numRuns: 60 },
    )
  })
})
