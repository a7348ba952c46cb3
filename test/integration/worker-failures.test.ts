import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { createHost, docker, type Host, lines, type Run, suiteCleanup } from '../support/host.ts'
import { createProject, type Project } from '../support/project.ts'

describe('a worker or a scheduler', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project

  const idle = { build: '.', command: ['sleep', 'infinity'], init: true, stop_grace_period: '2s' }
  /** Services with these changes. */
  const deploy = async (version: string, changes: Record<string, Record<string, unknown>>): Promise<Run> => {
    await project.write(version, (file) => {
      file.services['worker'] = idle
      file.services['beat'] = { ...idle, 'x-muelle': { role: 'singleton' } }
      for (const [name, change] of Object.entries(changes))
        file.services[name] = { ...file.services[name], ...change }
      file['x-muelle'] = { ...file['x-muelle'], deploy_timeout: '5s' }
    })
    return host.muelle('up', project.directory)
  }
  const running = async (): Promise<string[]> => {
    const filter = ['--filter', `label=org.muelle.instance=${host.instance}`, '--filter', 'status=running']
    const names = lines(await docker('ps', ...filter, '--format', '{{.Names}}'))
    return names.flatMap((name) => /(?:worker|beat)-r\d+/.exec(name) ?? []).sort()
  }

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    const { exitCode, stderr } = await deploy('v1', {})
    assert.equal(exitCode, 0, stderr)
  })

  const broken = { restart: 'no', command: ['python', '-c', "raise SystemExit('no such app')"] }
  const sick = { healthcheck: { test: ['CMD', 'false'] } }
  for (const { title, changes, code, says } of [
    { title: 'a worker that ends', changes: { worker: broken }, code: 33, says: /no such app/ },
    { title: 'a scheduler that ends', changes: { beat: broken }, code: 33, says: /no such app/ },
    { title: 'a worker that is not healthy', changes: { worker: sick }, code: 34, says: /healthy within/ },
  ]) {
    test(`gives its place to none that cannot work: ${title}`, async () => {
      const { exitCode, stderr } = await deploy('v2', changes)
      assert.equal(exitCode, code, stderr)
      assert.match(stderr, says)
      assert.deepEqual(await running(), ['beat-r1', 'worker-r1'])
      assert.match((await host.get(project.domain)).body, /^v1 /)
    })
  }
  test("is not asked the web service's own question", async () => {
    const asksPort = "import socket; socket.create_connection(('localhost', 8000))"
    const healthcheck = { test: ['CMD', 'python', '-c', asksPort] }
    const { exitCode, stderr } = await deploy('v3', { web: { healthcheck }, worker: { healthcheck } })
    assert.equal(exitCode, 0, stderr)
  })
})
