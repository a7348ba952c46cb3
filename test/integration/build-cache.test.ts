import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { execa } from 'execa'
import { createDockerEngine } from '../../src/engine/docker/engine.ts'
import { createEngine } from '../support/engine.ts'
import { fakeVault } from '../support/fake-ports.ts'
import { createHost } from '../support/host.ts'
import { createProject } from '../support/project.ts'

const megabyte = 1_000_000

/** On an engine of its own: the cache of the one that the other tests use is not theirs alone. */
test('the build cache is trimmed to a size, what was built last stays, and so do images', async (t) => {
  const cleanup = { after: (work: () => Promise<void>) => t.after(work) }
  const { host } = await createEngine(cleanup)
  const usual = process.env['DOCKER_HOST']
  process.env['DOCKER_HOST'] = host
  t.after(() => {
    if (usual === undefined) delete process.env['DOCKER_HOST']
    else process.env['DOCKER_HOST'] = usual
  })
  const directory = await mkdtemp(join(tmpdir(), 'muelle-cache-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const engine = createDockerEngine('muelle', fakeVault)
  const file = join(directory, 'build.yaml')
  const build = async (tag: string): Promise<void> => {
    await writeFile(join(directory, 'layer'), randomBytes(2 * megabyte))
    await writeFile(file, JSON.stringify({ services: { web: { build: directory, image: tag } } }))
    await engine.build({ name: 'cache', app: 'cache', file, directory }, {})
  }
  const cached = async (): Promise<number> => {
    const { stdout } = await execa('docker', [
      'system',
      'df',
      '--verbose',
      '--format',
      '{{json .BuildCache}}',
    ])
    const records = JSON.parse(stdout) as { Size: string; Shared: string }[]
    return records.filter(({ Shared }) => Shared !== 'true').reduce((sum, { Size }) => sum + bytes(Size), 0)
  }
  await writeFile(join(directory, 'Dockerfile'), 'FROM scratch\nCOPY layer /layer\n')

  await build('kept:1')
  for (const tag of ['gone:1', 'gone:2', 'gone:3']) {
    await build(tag)
    await engine.removeImage(tag)
  }
  const before = await cached()
  assert.ok(before > 6 * megabyte, `${before} bytes in the cache`)
  await engine.trimBuildCache(3 * megabyte)
  const after = await cached()
  assert.ok(after <= 3 * megabyte && after > megabyte, `${after} of ${before} bytes left in the cache`)
  assert.notEqual(await engine.imageId('kept:1'), undefined)
})

test('nobody trims it unless a person said to what size', async (t) => {
  const cleanup = { after: (work: () => Promise<void>) => t.after(work) }
  const host = await createHost(cleanup)
  const project = await createProject(cleanup)
  await project.write('v1')
  const untold = await host.muelle('plan', project.directory)
  assert.doesNotMatch(untold.stdout, /build cache/)
  const told = await host.startWith({ MUELLE_BUILD_CACHE_MB: '5000' }, 'plan', project.directory)
  assert.match(told.stdout, /Keep at most 5000 MB of build cache$/)
})

/** As Docker prints sizes: `2MB`, `512B`. */
function bytes(size: string): number {
  const [, amount, unit = ''] = /^([\d.]+)(\w+)$/.exec(size) ?? []
  return Number(amount) * ({ B: 1, kB: 1000, MB: megabyte }[unit] ?? Number.NaN)
}
