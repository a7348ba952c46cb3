import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { execa } from 'execa'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { sshConfiguration } from './access.ts'

test('ssh reads the configuration as it is meant, in a folder of any name', async (t) => {
  const folder = temporaryFolder({ after: (work) => t.after(work) })
  const [knownHosts, key] = [join(folder, '100% "ours"', 'known_hosts'), join(folder, 'a b', 'key')]
  const file = join(folder, 'config')
  writeFileSync(file, sshConfiguration({ knownHosts, key }))
  const { stdout } = await execa('ssh', ['-G', '-F', file, 'git.example.com'])
  const said = new Map(stdout.split('\n').map((line) => line.split(/ (.*)/s) as [string, string]))
  assert.equal(said.get('stricthostkeychecking'), 'true')
  assert.equal(said.get('batchmode'), 'yes')
  assert.equal(said.get('identityfile'), key)
  assert.ok(said.get('userknownhostsfile')?.includes('ours'))
  assert.equal(said.get('globalknownhostsfile'), '/dev/null')
})
