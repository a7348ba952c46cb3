import assert from 'node:assert/strict'
import { totalmem } from 'node:os'
import { before, describe, test } from 'node:test'
import { createHost, docker, type Host, lines, suiteCleanup } from '../support/host.ts'
import { type ComposeDraft, createProject, type Project } from '../support/project.ts'

describe('memory and processors, beside a live release', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project
  const more = `${2 * totalmem()}`

  const write = (
    version: string,
    resources: object,
    change: (file: ComposeDraft) => void = () => undefined,
  ) =>
    project.write(version, (file) => {
      file.services['web'] = { ...file.services['web'], deploy: { resources } }
      change(file)
    })
  const containers = async (): Promise<string[]> =>
    lines(await docker('ps', '--all', '--filter', `name=^${project.name}-r`, '--format', '{{.Names}}')).sort()
  const version = async (): Promise<string> => (await host.get(project.domain)).body.split(' ')[0] ?? ''

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    await project.write('v1')
    const { exitCode, stderr } = await host.muelle('up', project.directory)
    assert.equal(exitCode, 0, stderr)
  })

  test('a release that reserves more memory than there is is refused before anything is touched', async () => {
    await write('v2', { reservations: { memory: more } })
    const existing = await containers()
    const { exitCode, stderr } = await host.muelle('up', project.directory)
    assert.equal(exitCode, 28, stderr)
    assert.match(stderr, /A second set of replicas needs \d+ MB of memory \(web 1 x \d+ MB\)/)
    assert.deepEqual(await containers(), existing)
    const plan = await host.muelle('plan', project.directory, '--json')
    const { memory } = JSON.parse(plan.stdout) as { memory: { needed: number; available: number } }
    assert.equal(memory.needed, 2 * totalmem())
    assert.ok(memory.available > 0 && memory.available < memory.needed)
  })
  test('it is deployed when someone insists', async () => {
    const { exitCode, stderr } = await host.muelle('up', project.directory, '--ignore-memory')
    assert.equal(exitCode, 0, stderr)
    assert.equal(await version(), 'v2')
  })
  test('it is deployed by a strategy that has no second set', async () => {
    await write('v3', { reservations: { memory: more } }, (file) => {
      file['x-muelle'] = { ...file['x-muelle'], strategy: 'rolling' }
    })
    const { exitCode, stderr } = await host.muelle('up', project.directory)
    assert.equal(exitCode, 0, stderr)
  })
  test('one that may take more than there is but never did is deployed', async () => {
    await write('v4', { limits: { memory: more } })
    const plan = await host.muelle('plan', project.directory)
    assert.match(plan.stdout, /needs [1-9]\d* MB of memory and may take \d+ MB; there are \d+ MB\.\n/)
    const { exitCode, stderr } = await host.muelle('up', project.directory)
    assert.equal(exitCode, 0, stderr)
    assert.equal(await version(), 'v4')
  })
  test('status tells what the services take, against what they may', async () => {
    await project.write('v5', (file) => {
      file.services['web'] = {
        ...file.services['web'],
        deploy: { replicas: 2, resources: { limits: { memory: '256M', cpus: '0.5' } } },
      }
      // Keeps one core busy, or all that its limit leaves of it.
      file.services['worker'] = {
        build: '.',
        command: ['python', '-c', 'while True: pass'],
        stop_grace_period: '1s',
        cpus: 0.25,
      }
    })
    const { exitCode, stderr } = await host.muelle('up', project.directory)
    assert.equal(exitCode, 0, stderr)
    const { services } = JSON.parse((await host.muelle('status', project.name, '--json')).stdout)[0]
    const [web, worker] = ['web', 'worker'].map((name) =>
      services.find((service: { name: string }) => service.name === name),
    )
    assert.deepEqual(web.limits, { memory: 512 * 1024 ** 2, cpus: 1 })
    assert.ok(web.uses.memory > 5e6 && web.uses.memory < web.limits.memory, `${web.uses.memory} bytes`)
    assert.deepEqual(worker.limits, { cpus: 0.25 })
    assert.ok(worker.uses.cpus > 0.02 && worker.uses.cpus < 0.5, `${worker.uses.cpus} cores`)
    const shown = (await host.muelle('status', project.name)).stdout
    assert.match(shown, /^ {2}web +web +2\/2 +\d+M \/ 512M +0\.\d\d \/ 1\.00 +Up/m)
  })
})
