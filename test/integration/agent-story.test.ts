import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { fromGithub, pushOf } from '../support/agent.ts'
import { createHost, type Host, suiteCleanup } from '../support/host.ts'
import { type ComposeDraft, createProject, type Project } from '../support/project.ts'
import { type TrackedProject, trackProject } from '../support/project-repository.ts'
import { startMail, startReceiver } from '../support/receivers.ts'
import { createAgent, type RunningAgent, setWebhookSecret } from '../support/running-agent.ts'

describe('three signed pushes, the third with a bad migration,', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project
  let repository: TrackedProject
  let agent: RunningAgent
  let mail: Awaited<ReturnType<typeof startMail>>
  let hook: Awaited<ReturnType<typeof startReceiver>>
  const commits: string[] = []
  const jobs: number[] = []

  const version = async (): Promise<string> => (await host.get(project.domain)).body.split(' ')[0] ?? ''
  const withNotices = (file: ComposeDraft): void => {
    const notify = { email: 'ada@example.com', webhook: ['$', '{HOOK_URL}'].join('') }
    file['x-muelle'] = { ...file['x-muelle'], notify }
  }
  const withBadMigration = (file: ComposeDraft): void => {
    withNotices(file)
    file['x-muelle'] = { ...file['x-muelle'], release: [['sh', '-c', 'echo no such column; exit 1']] }
  }

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    repository = await trackProject(cleanup, project)
    await repository.push('v1', withNotices)
    ;[mail, hook] = [await startMail(cleanup), await startReceiver(cleanup)]
    host.env['MUELLE_NOTIFY_PRIVATE_HOSTS'] = '127.0.0.1'
    const secrets = { SMTP_URL: mail.url, HOOK_URL: `${hook.url}/told`, NOTIFY_WEBHOOK_SECRET: 'key' }
    for (const [name, value] of Object.entries(secrets))
      assert.equal((await host.send(value, 'secrets', 'set', name, '--app', project.name)).exitCode, 0)
    const first = await host.muelle('up', project.directory)
    assert.equal(first.exitCode, 0, first.stderr)
    const secret = await setWebhookSecret(host, project.name)
    agent = await createAgent(cleanup, host)
    await agent.start()

    for (const [next, change] of [
      ['v2', withNotices],
      ['v3', withNotices],
      ['v4', withBadMigration],
    ] as const) {
      const after = await repository.push(next, change)
      const answer = await agent.deliver(project.name, fromGithub(pushOf({ after }), { secret }))
      assert.deepEqual([answer.status, answer.outcome], [202, 'queued'])
      await agent.settled(project.name)
      commits.push(after.slice(0, 12))
      jobs.push(answer.job)
    }
    await agent.until(async () => hook.received.length >= 4 && mail.mails.length >= 4)
  })

  test('are, for the app: updated, updated, taken back', async () => {
    assert.equal(await version(), 'v3')
    const releases = JSON.parse((await host.muelle('releases', project.name, '--json')).stdout)
    const live = releases.find(({ state }: { state: string }) => state === 'live')
    assert.equal(live.commit, commits[1])
    const outcomes = (await agent.deployments(project.name))
      .filter(({ job }) => job !== null)
      .sort((one, other) => one.id - other.id)
      .map(({ job, outcome }) => [job, outcome])
    assert.deepEqual(outcomes, [
      [jobs[0], 'succeeded'],
      [jobs[1], 'succeeded'],
      [jobs[2], 'failed'],
    ])
  })

  test('are the same for the queue, with the reason', async () => {
    const states = await Promise.all(jobs.map((job) => agent.job(job)))
    assert.deepEqual(
      states.map(({ state }) => state),
      ['succeeded', 'succeeded', 'failed'],
    )
    assert.equal(states[2]?.error?.code, 'RELEASE_COMMAND_FAILED')
    assert.match(JSON.stringify(states[2]?.error), /no such column/)
  })

  test('are three signed deliveries in the audit log', async () => {
    const { items } = await agent.get<{ items: { actor: string; action: string; outcome: string }[] }>(
      '/v1/audit',
    )
    const told = items.filter(({ actor }) => actor.startsWith('webhook github '))
    assert.equal(told.length, 3)
    for (const { outcome } of told) assert.match(outcome, /queued|202/)
  })

  test('are told to the HTTP receiver and by mail as they went', async () => {
    const notices = hook.received.map(({ body }) => JSON.parse(body))
    assert.deepEqual(
      notices.map(({ kind, release }) => [kind, release]),
      [
        ['deployed', 1],
        ['deployed', 2],
        ['deployed', 3],
        ['rolled-back', 4],
      ],
    )
    assert.equal(mail.mails.length, 4)
    const { text = '' } = mail.mails.at(-1) ?? {}
    assert.match(text, /Release 4 was taken back/)
    assert.match(text, /no such column/)
    assert.ok(text.includes(commits[2] ?? 'no commit'))
  })
})
