import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { createHost, type Host, main, suiteCleanup } from '../support/host.ts'
import { createProject, type Project } from '../support/project.ts'
import { createAgent, type RunningAgent } from '../support/running-agent.ts'
import { underLoad } from '../support/under-load.ts'

describe('a command where an agent runs', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project
  let agent: RunningAgent

  const version = async (): Promise<string> => (await host.get(project.domain)).body.split(' ')[0] ?? ''
  const write = (next: string, change: Parameters<Project['write']>[1] = () => undefined): Promise<void> =>
    project.write(next, (file) => {
      file.services['web'] = { ...file.services['web'], environment: { BOOT_SECONDS: '2', SEEN: '${SEEN-}' } }
      change(file)
    })
  /** Until a line of a running command says something. */
  const says = async (running: { stderr: NodeJS.ReadableStream }, wanted: RegExp): Promise<string> => {
    for await (const line of createInterface({ input: running.stderr })) if (wanted.test(line)) return line
    throw new Error(`nothing said ${wanted}`)
  }
  const newestJob = async () => {
    const [job] = await agent.jobs(project.name)
    assert.ok(job !== undefined)
    return job
  }
  const ended = (id: number) => agent.until(async () => (await agent.job(id)).endedAt !== null)

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    agent = await createAgent(cleanup, host)
    await agent.start()
  })

  test('is a job of it, and returns what it returns without one', async () => {
    await write('v1')
    const { exitCode, stdout, stderr } = await host.muelle('up', project.directory, '--json')
    assert.equal(exitCode, 0, stderr)
    const result = JSON.parse(stdout) as { app: string; release: number; timing: object }
    assert.deepEqual([result.app, result.release], [project.name, 1])
    assert.match(stderr, /: release 1, \d+ steps\n[\s\S]*\[1\/\d+\] [\s\S]*release 1 is live/)
    const job = await newestJob()
    assert.deepEqual([job.kind, job.cause, job.state], ['up', 'command', 'succeeded'])
    assert.equal(await version(), 'v1')
    const told = await host.muelle('agent', 'follow', String(job.id), '--json')
    assert.deepEqual(JSON.parse(told.stdout), result)
  })

  test('goes on when its terminal is closed, and the same command follows it again', async () => {
    await write('v2')
    // A terminal of its own, whose end hangs up on all that runs in it.
    const command = [process.execPath, '--disable-warning=ExperimentalWarning', main, 'up', project.directory]
    const terminal = execa('script', ['--quiet', '--return', '--command', command.join(' '), '/dev/null'], {
      env: host.env,
      reject: false,
      stdin: 'pipe',
    })
    await agent.until(async () => (await agent.jobs(project.name))[0]?.state === 'running')
    const { id } = await newestJob()
    await agent.until(async () =>
      (await agent.deployments(project.name)).find(({ job, outcome }) => job === id && outcome === 'running'),
    )
    terminal.kill('SIGKILL')
    await terminal
    const again = await host.muelle('up', project.directory, '--json')
    assert.equal(again.exitCode, 0, again.stderr)
    assert.match(again.stderr, new RegExp(`under way already[^\\n]*job ${id}\\n`))
    assert.match(again.stderr, /: release 2, \d+ steps\n[\s\S]*release 2 is live/)
    assert.equal(JSON.parse(again.stdout).release, 2)
    assert.equal((await newestJob()).id, id)
    assert.equal(await version(), 'v2')
  })

  for (const signal of ['SIGHUP', 'SIGKILL', 'SIGTERM', 'SIGINT'] as const)
    test(`goes on when the command gets ${signal}`, async () => {
      const next = `v3-${signal}`
      await write(next)
      const running = host.start('up', project.directory)
      await says(running, /: release \d+, \d+ steps$/)
      running.kill(signal)
      const { exitCode, stderr } = await running
      const { id } = await newestJob()
      if (signal === 'SIGTERM' || signal === 'SIGINT') {
        assert.equal(exitCode, 92, stderr)
        assert.match(stderr, new RegExp(`muelle agent follow ${id} .* muelle agent stop ${id}`))
      }
      await ended(id)
      assert.equal((await agent.job(id)).state, 'succeeded')
      assert.equal(await version(), next)
    })

  test('is stopped when somebody says so, and takes back what it had started', async () => {
    const serving = await version()
    // Longer than a busy machine takes to stop it.
    await write('v4', (file) => {
      file.services['web'] = { ...file.services['web'], environment: { BOOT_SECONDS: '15' } }
    })
    const running = host.start('up', project.directory)
    await says(running, /\[\d+\/\d+\] Start/)
    const { id } = await newestJob()
    const stopped = await host.muelle('agent', 'stop', String(id))
    assert.equal(stopped.exitCode, 0, stopped.stderr)
    const { exitCode, stderr } = await running
    assert.equal(exitCode, 130, stderr)
    const job = await agent.job(id)
    assert.deepEqual([job.state, job.error?.code, job.stopAskedBy], ['failed', 'INTERRUPTED', 'command line'])
    assert.equal(await version(), serving)
  })

  test('takes its turn, and is another one once files have changed', async () => {
    await write('v5')
    const first = host.start('up', project.directory)
    await says(first, /: release \d+, \d+ steps$/)
    await sleep(20)
    await write('v6')
    const second = await host.muelle('up', project.directory)
    assert.equal(second.exitCode, 0, second.stderr)
    assert.equal((await first).exitCode, 0)
    assert.match(second.stderr, /Files have changed[\s\S]*waits for job \d+ \(up of /)
    assert.equal(await version(), 'v6')
  })

  test('tells a failure as without an agent, and asks nothing that nobody can answer', async () => {
    const serving = await version()
    await write('v7', (file) => {
      file.services['web'] = { ...file.services['web'], environment: { HEALTH: '500' } }
      file['x-muelle'] = { ...file['x-muelle'], deploy_timeout: '2s' }
    })
    const { exitCode, stdout, stderr } = await host.muelle('up', project.directory, '--json')
    assert.equal(exitCode, 35, stderr)
    assert.equal(JSON.parse(stdout).error.code, 'UNHEALTHY')
    assert.match(stderr, /Error UNHEALTHY: /)
    assert.equal(await version(), serving)
    const scaled = await host.muelle('scale', 'nothing=2', '--app', project.name)
    assert.equal(scaled.exitCode, 2, scaled.stderr)
    assert.equal((await host.muelle('backup', 'restore', '--app', project.name)).exitCode, 43)
  })

  test('reaches the containers with the environment of whoever asks, of which nothing is kept', async () => {
    const secret = 'only-in-this-terminal-7c1e'
    await write('v8')
    const run = await host.startWith({ SEEN: 'a', HIDDEN: secret }, 'up', project.directory)
    assert.equal(run.exitCode, 0, run.stderr)
    const printed = await host.muelle('exec', '--app', project.name, 'web', 'printenv', 'SEEN')
    assert.equal(printed.stdout.trim(), 'a')
    const home = host.env['MUELLE_HOME'] ?? ''
    for (const entry of await readdir(home, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const text = await readFile(join(entry.parentPath, entry.name), 'latin1').catch(() => '')
      assert.ok(!text.includes(secret), join(entry.parentPath, entry.name))
    }
  })

  test('is brought to an end when its process is killed, and says so', async () => {
    const serving = await version()
    await write('v9')
    const running = host.start('up', project.directory)
    await says(running, /\[\d+\/\d+\] Start/)
    const { id } = await newestJob()
    const { runner } = await agent.job(id)
    process.kill(Number(runner.split(':')[0]), 'SIGKILL')
    const { exitCode, stderr } = await running
    assert.equal(exitCode, 130, stderr)
    assert.match(stderr, /its process ended half-way/)
    assert.equal(await version(), serving)
    assert.deepEqual(
      (await agent.deployments(project.name)).filter(({ outcome }) => outcome === 'running'),
      [],
    )
  })

  test('is followed while the agent is upgraded under load, and nothing is lost', async () => {
    const tell = async () => {
      const { stdout } = await host.muelle('agent', 'status', '--json')
      return (JSON.parse(stdout) as { startedAt: string }).startedAt
    }
    const before = await tell()
    await write('v10')
    const target = { host: project.domain, port: host.ports.http, tls: false }
    await underLoad(target, { path: '/', ratePerSecond: 30 }, async () => {
      const running = host.start('up', project.directory)
      await says(running, /: release \d+, \d+ steps$/)
      const upgraded = await host.muelle('agent', 'upgrade')
      assert.equal(upgraded.exitCode, 0, upgraded.stderr)
      const { exitCode, stderr } = await running
      assert.equal(exitCode, 0, stderr)
    })
    assert.notEqual(await tell(), before)
    const job = await newestJob()
    assert.deepEqual([job.state, job.attempt], ['succeeded', 1])
    assert.equal(await version(), 'v10')
  })

  test('runs by itself when the agent has gone', async () => {
    const jobs = (await agent.jobs(project.name)).length
    await agent.end('SIGKILL')
    await write('v11')
    const run = await host.muelle('up', project.directory)
    assert.equal(run.exitCode, 0, run.stderr)
    await agent.start()
    assert.equal((await agent.jobs(project.name)).length, jobs)
    assert.equal(await version(), 'v11')
  })
})
