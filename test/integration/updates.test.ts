import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { createHost, type Host, suiteCleanup } from '../support/host.ts'
import { createProject, type Project } from '../support/project.ts'

describe('updates that nobody watches', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project

  const succeed = async (...argv: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await host.muelle(...argv)
    assert.equal(exitCode, 0, stderr)
    return stdout
  }
  const update = () => host.muelle('up', project.directory, '--unattended')
  const version = async (): Promise<string> => (await host.get(project.domain)).body.split(' ')[0] ?? ''

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    await project.write('v1')
    assert.equal((await update()).exitCode, 0)
    await project.write('v2')
    assert.equal((await update()).exitCode, 0)
  })

  test('pause after a rollback, however often they come, until a person resumes', async () => {
    const back = await succeed('rollback', '--app', project.name)
    assert.match(back, new RegExp(`Updates are paused.* muelle updates resume ${project.name}`))
    assert.match((await host.muelle('rollback', '--app', project.name)).stderr, /muelle rollback 2 --app/)
    for (let times = 0; times < 2; times++) {
      const { exitCode, stderr } = await update()
      assert.equal(exitCode, 45, stderr)
      assert.match(stderr, /rollback to release 1/)
    }
    assert.equal(await version(), 'v1')
    assert.match(await succeed('status'), /updates: paused since \S+, rollback to release 1\. .* resume /)
    for (let times = 0; times < 2; times++) await succeed('updates', 'resume', project.name)
    assert.doesNotMatch(await succeed('status'), /paused/)
  })
  test('pause when a release was taken back, and go on after one that a person deployed', async () => {
    await project.write('v3', (file) => {
      file.services['web'] = { ...file.services['web'], environment: { HEALTH: '500' } }
      file['x-muelle'] = { ...file['x-muelle'], deploy_timeout: '2s' }
    })
    assert.equal((await update()).exitCode, 35)
    assert.equal((await update()).exitCode, 45)
    assert.equal(await version(), 'v1')
    await project.write('v4')
    await succeed('up', project.directory)
    assert.equal(await version(), 'v4')
    assert.doesNotMatch(await succeed('status'), /paused/)
  })
  test('stay paused when a person wanted that, whoever deploys by hand', async () => {
    await succeed('updates', 'pause', project.name, '--reason', 'sale')
    await succeed('up', project.directory)
    const { exitCode, stderr } = await update()
    assert.equal(exitCode, 45)
    assert.match(stderr, /sale/)
  })
})
