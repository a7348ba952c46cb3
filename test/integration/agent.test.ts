import assert from 'node:assert/strict'
import { access } from 'node:fs/promises'
import { request } from 'node:http'
import { before, describe, test } from 'node:test'
import { fromGithub, pushOf, type Sent } from '../support/agent.ts'
import { createHost, type Host, suiteCleanup } from '../support/host.ts'
import { createProject, type Project } from '../support/project.ts'
import { type TrackedProject, trackProject } from '../support/project-repository.ts'
import { createAgent, type RunningAgent, setWebhookSecret } from '../support/running-agent.ts'

describe('an agent', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project
  let repository: TrackedProject
  let agent: RunningAgent
  let secret: string

  const version = async (): Promise<string> => (await host.get(project.domain)).body.split(' ')[0] ?? ''
  const deliver = (payload: Record<string, unknown>, options: { id?: string; secret?: string } = {}) =>
    agent.deliver(project.name, fromGithub(payload, { secret, ...options }))
  const pushed = async (next: string, change?: Parameters<TrackedProject['push']>[1]) => {
    const after = await repository.push(next, change)
    return deliver(pushOf({ after }))
  }
  /** How often a job has deployed something that stayed. */
  const deployedBy = async (job: number): Promise<number> =>
    (await agent.deployments(project.name)).filter((each) => each.job === job && each.outcome === 'succeeded')
      .length
  const begun = (job: number) =>
    agent.until(async () => (await agent.deployments(project.name)).find((each) => each.job === job))

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    repository = await trackProject(cleanup, project)
    await repository.push('v1')
    const first = await host.muelle('up', project.directory)
    assert.equal(first.exitCode, 0, first.stderr)
    secret = await setWebhookSecret(host, project.name)
    agent = await createAgent(cleanup, host)
    await agent.start()
  })

  /** The answer comes before all of it was sent, and then nobody reads the rest. @returns the status */
  const begin = ({ headers, body }: Sent): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const target = `${agent.address}/v1/hooks/${project.name}`
      const sending = request(target, {
        method: 'POST',
        headers: { ...headers, 'content-length': body.length },
      })
      sending.on('error', reject).on('response', ({ statusCode }) => {
        sending.destroy()
        resolve(statusCode)
      })
      sending.write(body.slice(0, 100_000))
    })

  test('updates an app on a signed push, and jobs, events and log of access tell the same [C4]', async () => {
    const { status, outcome, job, ms } = await pushed('v2')
    assert.deepEqual([status, outcome], [202, 'queued'])
    assert.ok(ms < 1000, `${ms} ms`)
    await agent.settled(project.name)
    assert.equal(await version(), 'v2')
    assert.equal((await agent.job(job)).state, 'succeeded')
    assert.equal(await deployedBy(job), 1)
    const { items } = await agent.get<{ items: { actor: string; outcome: string }[] }>('/v1/audit')
    assert.match(items[0]?.actor ?? '', /^webhook github /)
    const told = await eventsSince('0', 'ended')
    assert.match(
      told,
      /event: begin\n[\s\S]*event: step-done\n[\s\S]*event: live\n[\s\S]*"outcome":"succeeded"/,
    )
  })

  test('answers what is no signed push to the branch as it deserves, and executes nothing [C4]', async () => {
    const before = (await agent.jobs(project.name)).length
    const id = '0b0b0b0b-1111-2222-3333-444444444444'
    const marker = '/tmp/muelle-was-here'
    const valid = fromGithub(pushOf(), { secret })
    const withSignature = (signature: string | undefined) => {
      const { 'x-hub-signature-256': _, ...headers } = valid.headers
      const changed = signature === undefined ? headers : { ...headers, 'x-hub-signature-256': signature }
      return agent.deliver(project.name, { ...valid, headers: changed })
    }
    const own = valid.headers['x-hub-signature-256'] ?? ''
    for (const signature of [undefined, '', own.slice(0, 20), own.slice(0, -1), `${own}0`, own.toUpperCase()])
      assert.equal((await withSignature(signature)).status, 401, String(signature))
    assert.equal((await deliver(pushOf(), { secret: 'another' })).status, 401)
    assert.equal(await begin(fromGithub(pushOf({ pad: 'x'.repeat(10_000_000) }), { secret })), 413)
    for (const ref of [
      'refs/heads/other',
      'refs/heads/--upload-pack=x',
      `refs/heads/a;touch ${marker}`,
      'refs/tags/main',
    ]) {
      const { status, outcome } = await deliver(pushOf({ ref }), ref.includes('other') ? { id } : {})
      assert.deepEqual([status, outcome], [200, 'ignored'], ref)
    }
    assert.equal((await deliver(pushOf({ after: '0'.repeat(40), deleted: true }))).outcome, 'ignored')
    assert.equal((await deliver(pushOf(), { id })).outcome, 'known')
    assert.equal((await agent.jobs(project.name)).length, before)
    await assert.rejects(access(marker))
    assert.equal(await version(), 'v2')
  })

  test('takes a delivery that comes twice for one', async () => {
    const after = await repository.push('v3')
    const sent = fromGithub(pushOf({ after }), { secret })
    const renamed = { ...sent, headers: { ...sent.headers, 'x-github-delivery': 'another' } }
    const first = await agent.deliver(project.name, sent)
    for (const again of [sent, renamed]) {
      const { status, outcome, job } = await agent.deliver(project.name, again)
      assert.deepEqual([status, outcome, job], [200, 'known', first.job])
    }
    await agent.settled(project.name)
    assert.equal(await version(), 'v3')
    assert.equal(await deployedBy(first.job), 1)
  })

  test('makes few deployments of 50 deliveries in a second, one at a time, and the newest wins', async () => {
    const earlier = (await agent.deployments(project.name)).length
    const after = await repository.push('v4')
    const burst = Array.from({ length: 50 }, (_, index) => pushOf(index === 49 ? { after } : {}))
    const answers = await Promise.all(burst.map((push) => deliver(push)))
    for (const { status, ms } of answers) assert.ok(status === 202 && ms < 1000, `${status} after ${ms} ms`)
    const jobs = await agent.settled(project.name)
    const made = (await agent.deployments(project.name)).slice(0, -earlier)
    assert.ok(made.length >= 1 && made.length <= 3, `${made.length} deployments`)
    assert.equal(await version(), 'v4')
    assert.equal(jobs[0]?.state, 'succeeded')
    const inOrder = made.toReversed()
    for (const [index, { startedAt }] of inOrder.entries()) {
      const previous = inOrder[index - 1]?.endedAt ?? ''
      assert.ok(previous <= startedAt, `${startedAt} began before ${previous}`)
    }
  })

  test('that is killed right after its answer loses nothing, and does nothing twice', async () => {
    const { status, job } = await pushed('v5')
    await agent.end('SIGKILL')
    assert.equal(status, 202)
    await agent.start()
    await agent.settled(project.name)
    assert.equal(await version(), 'v5')
    assert.equal((await agent.job(job)).state, 'succeeded')
    assert.equal(await deployedBy(job), 1)
  })

  test('that is killed or stopped during a deployment leaves it to itself', async () => {
    for (const [index, signal] of (['SIGKILL', 'SIGTERM'] as const).entries()) {
      const next = `v6.${index}`
      const { job } = await pushed(next)
      await begun(job)
      const { exitCode } = await agent.end(signal)
      assert.equal(exitCode, signal === 'SIGTERM' ? 0 : undefined)
      await agent.until(async () => (await version()) === next)
      await agent.start()
      await agent.settled(project.name)
      assert.equal((await agent.job(job)).state, 'succeeded')
      assert.equal(await deployedBy(job), 1)
    }
  })

  test('goes on after it and the deployment were killed together', async () => {
    const { job } = await pushed('v7')
    await begun(job)
    const { runner } = await agent.job(job)
    await agent.end('SIGKILL')
    process.kill(Number(runner.split(':')[0]), 'SIGKILL')
    assert.equal(await version(), 'v6.1')
    await agent.start()
    await agent.settled(project.name)
    assert.equal(await version(), 'v7')
    assert.equal((await agent.job(job)).attempt, 2)
    assert.equal(await deployedBy(job), 1)
  })

  test('finds a push of which no delivery came', async () => {
    await agent.end('SIGTERM')
    const after = await repository.push('v8')
    await agent.start('--poll', '1')
    await agent.until(async () => (await version()) === 'v8')
    const [job] = await agent.settled(project.name)
    assert.equal(job?.askedBy, `poll ${after.slice(0, 12)}`)
  })

  test('rolls back for whoever may ask, and says why a release was taken back', async () => {
    const { status, job } = await agent.post(`/v1/apps/${project.name}/rollback`)
    assert.equal(status, 202)
    await agent.settled(project.name)
    assert.equal((await agent.job(job)).state, 'succeeded')
    assert.equal(await version(), 'v7')
    const resumed = await host.muelle('updates', 'resume', project.name)
    assert.equal(resumed.exitCode, 0, resumed.stderr)
    // It still looks at the branch each second: whoever is first queues it, and the other one does not.
    const before = (await agent.jobs(project.name)).length
    await pushed('v9', (file) => {
      file.services['web'] = { ...file.services['web'], environment: { HEALTH: '500' } }
      file['x-muelle'] = { ...file['x-muelle'], deploy_timeout: '2s' }
    })
    const jobs = await agent.settled(project.name)
    assert.equal(jobs.length, before + 1)
    assert.deepEqual([jobs[0]?.state, jobs[0]?.error?.code], ['failed', 'UNHEALTHY'])
    assert.equal(await version(), 'v7')
  })

  async function eventsSince(last: string, until: string): Promise<string> {
    const stop = new AbortController()
    const { body } = await fetch(`${agent.address}/v1/events?app=${project.name}`, {
      headers: { authorization: agent.authorization, 'last-event-id': last },
      signal: stop.signal,
    })
    let text = ''
    for await (const part of body ?? []) {
      text += new TextDecoder().decode(part)
      if (text.match(new RegExp(`event: ${until}`, 'g'))?.length === 2) break
    }
    stop.abort()
    return text
  }
})
