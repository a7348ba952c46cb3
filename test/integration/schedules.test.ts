import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { createHost, docker, type Host, suiteCleanup } from '../support/host.ts'
import { createProject, type Project } from '../support/project.ts'
import { createAgent } from '../support/running-agent.ts'

describe('a service with a schedule', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    await project.write('v1', (file) => {
      const job = (command: string, cron: string) => ({
        build: '.',
        command: ['python', '-c', command],
        'x-muelle': { schedule: cron },
      })
      file.services['report'] = job('print("the report of", open("VERSION").read())', '* * * * *')
      file.services['broken'] = job('raise SystemExit("no disk for it")', '0 0 1 1 *')
    })
    const { exitCode, stderr } = await host.muelle('up', project.directory)
    assert.equal(exitCode, 0, stderr)
  })

  test('is not started with the release, and runs by hand in it', async () => {
    const names = await docker('ps', '--all', '--filter', `name=${project.name}-`, '--format', '{{.Names}}')
    assert.doesNotMatch(names, /report|broken/)
    const { exitCode, stderr } = await host.muelle('run', 'report', '--app', project.name)
    assert.equal(exitCode, 0, stderr)
    assert.match(stderr, /the report of v1/)
  })

  test('fails with what it said', async () => {
    const { exitCode, stderr } = await host.muelle('run', 'broken', '--app', project.name)
    assert.equal(exitCode, 91)
    assert.match(stderr, /no disk for it/)
    assert.equal((await host.muelle('run', 'web', '--app', project.name)).exitCode, 2)
  })

  test('is run by the agent at its minute, with a log', async () => {
    const agent = await createAgent(cleanup, host)
    await agent.start()
    const job = await agent.until(async () =>
      (await agent.jobs(project.name)).find(({ state }) => state === 'succeeded'),
    )
    assert.deepEqual([job.kind, job.cause], ['run', 'schedule'])
    const { stdout } = await host.muelle('agent', 'log', String(job.id))
    assert.match(stdout, /the report of v1/)
    assert.equal(await docker('ps', '--quiet', '--filter', `name=${project.name}-r1-report`), '')
  })
})
