import assert from 'node:assert/strict'
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { execa } from 'execa'

const root = join(import.meta.dirname, '..')

/** The guards guard: each is run on a copy of the sources, as they are and with a violation planted. */
describe('the pure core', () => {
  let copy: string

  before(async () => {
    copy = await mkdtemp(join(tmpdir(), 'muelle-rule-'))
    for (const name of [
      'src',
      'scripts',
      'biome.json',
      '.dependency-cruiser.cjs',
      'tsconfig.json',
      'package.json',
    ]) {
      await cp(join(root, name), join(copy, name), { recursive: true })
    }
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  })
  after(() => rm(copy, { recursive: true, force: true }))

  const plant = (text: string): Promise<void> => writeFile(join(copy, 'src', 'app', 'planted.ts'), text)
  const cruise = () => run(['depcruise', '--config', '.dependency-cruiser.cjs', 'src'])
  const lint = () => run(['biome', 'lint', 'src/app'])
  const run = async ([program = '', ...argv]: string[]) => {
    const path = join(root, 'node_modules', '.bin', program)
    return execa(process.execPath, [path, ...argv], { cwd: copy, all: true, reject: false })
  }

  test('passes as it is', async () => {
    await plant('export const harmless = 1\n')
    assert.equal((await cruise()).exitCode, 0)
    assert.equal((await lint()).exitCode, 0)
  })

  test('may not import an adapter', async () => {
    await plant("export { createDockerEngine } from '../engine/docker/engine.ts'\n")
    const { exitCode, all } = await cruise()
    assert.notEqual(exitCode, 0)
    assert.match(all, /pure-core: src\/app\/planted\.ts/)
  })

  for (const [what, folder] of [
    ['the rules of the check', 'check'],
    ['what init decides', 'init'],
  ] as const)
    test(`includes ${what}`, async () => {
      const path = join(copy, 'src', folder, 'planted.ts')
      await writeFile(path, "import { readFile } from 'node:fs/promises'\nexport const planted = readFile\n")
      const { exitCode, all } = await cruise()
      await writeFile(path, 'export const today = (): Date => new Date()\n')
      const linted = await run(['biome', 'lint', `src/${folder}`])
      await rm(path)
      assert.notEqual(exitCode, 0)
      assert.match(all, new RegExp(`pure-core: src/${folder}/planted\\.ts`))
      assert.notEqual(linted.exitCode, 0)
      assert.match(linted.all, /no clock/)
    })

  test('may not import the file system, not even for a type', async () => {
    await plant("import type { Stats } from 'node:fs'\nexport type Planted = Stats\n")
    const { exitCode, all } = await cruise()
    assert.notEqual(exitCode, 0)
    assert.match(all, /pure-core: src\/app\/planted\.ts/)
  })

  test('may not read the clock', async () => {
    await plant('export const now = (): number => Date.now()\n')
    const { exitCode, all } = await lint()
    assert.notEqual(exitCode, 0)
    assert.match(all, /no clock/)
  })

  test('may not draw random numbers', async () => {
    await plant('export const draw = (): number => Math.random()\n')
    const { exitCode, all } = await lint()
    assert.notEqual(exitCode, 0)
    assert.match(all, /no randomness/)
  })

  test('may not start a program, nor may anything but the one place for it', async () => {
    await plant("import { spawn } from 'node:child_process'\nexport const planted = spawn\n")
    const { exitCode, all } = await cruise()
    assert.notEqual(exitCode, 0)
    assert.match(all, /programs-in-one-place: src\/app\/planted\.ts/)
  })

  for (const shell of [
    "import { exec } from 'node:child_process'\nexport const planted = exec\n",
    "import { spawn, execSync } from 'node:child_process'\nexport const planted = [spawn, execSync]\n",
    "import { spawn } from 'node:child_process'\nspawn('git', ['fetch'], { shell: true })\n",
    "import { spawn } from 'node:child_process'\nspawn('git', ['fetch'], { shell: '/bin/bash' })\n",
  ])
    test(`never spawns a shell: ${shell.split('\n')[1]}`, async () => {
      await plant(shell)
      const { exitCode, all } = await lint()
      assert.notEqual(exitCode, 0)
      assert.match(all, /No shell is ever spawned/)
    })
})
