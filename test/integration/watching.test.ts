import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createHost, type Host, lines, suiteCleanup } from '../support/host.ts'
import { type ComposeDraft, createProject, type Project } from '../support/project.ts'
import { createAgent, type RunningAgent } from '../support/running-agent.ts'

/** A web service, a worker that says what it does, and a cache. */
describe('an app that is watched', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project
  let agent: RunningAgent

  const withWorker = (version: string) => (file: ComposeDraft) => {
    const saying = `echo "${version} has begun"; while :; do echo "${version} works"; sleep 1; done`
    file.services['worker'] = {
      build: '.',
      command: ['sh', '-c', saying],
      init: true,
      stop_grace_period: '1s',
    }
    file.services['cache'] = { image: 'redis:7-alpine' }
  }
  const up = async (version: string): Promise<void> => {
    await project.write(version, withWorker(version))
    const { exitCode, stderr } = await host.muelle('up', project.directory)
    assert.equal(exitCode, 0, stderr)
  }
  const logs = async (...argv: string[]): Promise<string[]> => {
    const { exitCode, stdout, stderr } = await host.muelle('logs', ...argv)
    assert.equal(exitCode, 0, stderr)
    return lines(stdout)
  }
  const visit = async (times: number): Promise<void> => {
    for (let count = 0; count < times; count++) await host.get(project.domain, '/page')
  }

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    await up('v1')
    agent = await createAgent(cleanup, host)
    await agent.start()
  })

  test('has the logs of all containers and of the gateway in one place, in order [C9, W7]', async () => {
    await visit(3)
    const all = await logs('--app', project.name, '--timestamps')
    for (const [from, what] of [
      [/^worker-r1-1 \| /, /v1 works/],
      [/^cache-1 \| /, /Ready to accept connections/],
      [/^gateway \| /, /"uri":"\/page","status":200/],
    ] as const)
      assert.ok(
        all.some((line) => from.test(line) && what.test(line)),
        `${from} ${what}`,
      )
    const times = all.map((line) => line.split(' | ')[1]?.split(' ')[0] ?? '')
    assert.deepEqual(times, times.toSorted())
    const [requests, worker] = [
      await logs('gateway', '-C', project.directory),
      await logs('worker', '--app', project.name),
    ]
    assert.deepEqual(
      requests.filter((line) => !line.startsWith('gateway | {')),
      [],
    )
    assert.deepEqual(
      worker.filter((line) => !line.startsWith('worker-r1-1 | ')),
      [],
    )
    assert.ok((await logs('--all')).some((line) => line.startsWith(`${project.name}-cache-1 | `)))
  })

  test('has those since a time [C9]', async () => {
    const recent = await logs('--since', '2s', '--app', project.name)
    assert.ok(recent.some((line) => line.includes('v1 works')))
    assert.ok(!recent.some((line) => line.includes('v1 has begun')))
    assert.equal((await host.muelle('logs', '--since', 'soon', '--app', project.name)).exitCode, 2)
    assert.equal((await host.muelle('logs', 'nothing', '--app', project.name)).exitCode, 2)
  })

  test('has logs that are followed, over a deployment too [T7, C9]', async () => {
    const following = host.start('logs', '--follow', '--tail', '1', '--app', project.name)
    let seen = ''
    following.stdout.on('data', (data: Buffer) => {
      seen += String(data)
    })
    await agent.until(async () => seen.includes('worker-r1-1 | v1 works'))
    await up('v2')
    await visit(1)
    await agent.until(async () => /^worker-r2-1 \| v2 has begun$/m.test(seen))
    await agent.until(async () => /^gateway \| .*"release":"2".*"uri":"\/page"/m.test(seen))
    following.kill('SIGINT')
    assert.equal((await following).exitCode, 0)
    const works = lines(seen).filter((line) => line === 'worker-r2-1 | v2 has begun')
    assert.equal(works.length, 1)
  })

  test('has its figures in the form of Prometheus: processors, memory, requests by second, release [C9]', async () => {
    const { headers, text } = await metrics()
    assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
    for (const line of lines(text))
      assert.match(line, /^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})? -?[\d.e+-]+)$/)
    for (const service of ['web', 'worker', 'cache']) {
      const of = `app="${project.name}",service="${service}"`
      assert.ok(figureOf(text, `muelle_container_memory_bytes{${of}`) > 100_000, service)
      assert.ok(figureOf(text, `muelle_container_cpu_cores{${of}`) >= 0, service)
      assert.equal(figureOf(text, `muelle_replicas_running{${of}`), 1)
    }
    assert.equal(figureOf(text, `muelle_release{app="${project.name}"`), 2)
    const requests = `muelle_requests_total{app="${project.name}",status="2xx"`
    const before = figureOf(text, requests)
    await visit(25)
    await sleep(5500)
    const after = (await metrics()).text
    assert.equal(figureOf(after, requests), before + 25)
    assert.ok(figureOf(after, `muelle_requests_per_second{app="${project.name}"`) > 1)
  })

  async function metrics() {
    const { authorization } = agent
    const response = await fetch(`${agent.address}/v1/metrics`, { headers: { authorization } })
    assert.equal(response.status, 200)
    return { headers: response.headers, text: await response.text() }
  }

  /** NaN when there is no sample that begins so. */
  function figureOf(text: string, sample: string): number {
    return Number(
      lines(text)
        .find((line) => line.startsWith(sample))
        ?.split(' ')
        .at(-1) ?? Number.NaN,
    )
  }
})
