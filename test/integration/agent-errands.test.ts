import assert from 'node:assert/strict'
import { rename } from 'node:fs/promises'
import { before, describe, test } from 'node:test'
import { generate } from 'selfsigned'
import { fromGithub, pushOf } from '../support/agent.ts'
import { createHost, type Host, suiteCleanup } from '../support/host.ts'
import { createProject, type Project } from '../support/project.ts'
import { type TrackedProject, trackProject } from '../support/project-repository.ts'
import { startReceiver } from '../support/receivers.ts'
import { createAgent, type RunningAgent, setWebhookSecret } from '../support/running-agent.ts'

/** An app on GitHub, as far as a machine without a network can have one: Git goes to a folder, and the API is here. */
describe('an agent of an app on GitHub', () => {
  const cleanup = suiteCleanup()
  const repo = 'https://github.com/example/shop.git'
  let host: Host
  let project: Project
  let repository: TrackedProject
  let agent: RunningAgent
  let secret: string
  let github: Awaited<ReturnType<typeof startReceiver>>
  let hook: Awaited<ReturnType<typeof startReceiver>>
  let monitor: Awaited<ReturnType<typeof startReceiver>>

  const push = (version: string, change: Parameters<TrackedProject['push']>[1] = () => undefined) =>
    repository.push(version, (file) => {
      const notify = { webhook: `${hook.url}/notices` }
      const tls = { certificate: './tls/chain.pem', key: './tls/key.pem' }
      file['x-muelle'] = { ...file['x-muelle'], update: { repo, branch: 'main' }, notify, tls }
      change(file)
    })
  const deliver = async (version: string, change?: Parameters<TrackedProject['push']>[1]) => {
    const after = await push(version, change)
    const { status, job } = await agent.deliver(project.name, fromGithub(pushOf({ after }), { secret }))
    assert.equal(status, 202)
    return { after, job }
  }
  const set = async (name: string, value: string): Promise<void> => {
    const { exitCode, stderr } = await host.send(value, 'secrets', 'set', name, '--app', project.name)
    assert.equal(exitCode, 0, stderr)
  }

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    ;[github, hook] = [await startReceiver(cleanup), await startReceiver(cleanup)]
    monitor = await startReceiver(cleanup)
    github.state.status = 201
    repository = await trackProject(cleanup, project)
    Object.assign(host.env, {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: `url.${repository.path}.insteadOf`,
      GIT_CONFIG_VALUE_0: repo,
      MUELLE_GITHUB_API: github.url,
      MUELLE_PING_URL: `${monitor.url}/alive`,
      MUELLE_NOTIFY_PRIVATE_HOSTS: '127.0.0.1',
    })
    await set('NOTIFY_WEBHOOK_SECRET', 'key')
    await writeCertificate(project)
    await push('v1')
    const first = await host.muelle('up', project.directory)
    assert.equal(first.exitCode, 0, first.stderr)
    secret = await setWebhookSecret(host, project.name)
    await set('GITHUB_TOKEN', 'planted-github-token')
    agent = await createAgent(cleanup, host)
    await agent.start()
  })

  test('gives a sign of life to whoever misses one', async () => {
    await agent.until(async () => monitor.received.some(({ path }) => path === '/alive'))
  })

  test('is told of a certificate that ends soon, though nobody asks an authority for it', async () => {
    const told = await agent.until(async () => hook.received.find(({ body }) => body.includes('certificate')))
    const { kind, message } = JSON.parse(told.body)
    assert.equal(kind, 'certificate-expiring')
    assert.match(message, new RegExp(`The certificate of ${project.domain} ends on `))
  })

  test('tells GitHub what becomes of each commit', async () => {
    const good = await deliver('v2')
    await agent.settled(project.name)
    const bad = await deliver('v3', (file) => {
      file['x-muelle'] = { ...file['x-muelle'], deploy_timeout: '2s' }
      file.services['web'] = { ...file.services['web'], environment: { HEALTH: '500' } }
    })
    await agent.settled(project.name)
    await agent.until(async () => github.received.length >= 4)
    const statuses = github.received.map(({ path, body }) => {
      const { state, description } = JSON.parse(body)
      return [path, state, description]
    })
    const at = (commit: string): string => `/repos/example/shop/statuses/${commit}`
    assert.deepEqual(statuses, [
      [at(good.after), 'pending', 'Being deployed'],
      [at(good.after), 'success', 'Release 2 is live'],
      [at(bad.after), 'pending', 'Being deployed'],
      [at(bad.after), 'failure', 'Taken back: UNHEALTHY'],
    ])
    assert.equal(github.received[0]?.headers.authorization, 'Bearer planted-github-token')
    const { stdout } = await host.muelle('agent', 'log', String(bad.job))
    assert.doesNotMatch(stdout, /planted-github-token/)
    assert.equal((await host.muelle('updates', 'resume', project.name)).exitCode, 0)
  })

  test('tries an update again whose repository was away', async () => {
    await rename(repository.path, `${repository.path}.away`)
    const payload = pushOf({ after: 'f'.repeat(40) })
    const { job } = await agent.deliver(project.name, fromGithub(payload, { secret }))
    const waiting = await agent.until(async () => {
      const now = await agent.job(job)
      return now.notBefore !== null && now
    })
    assert.deepEqual([waiting.state, waiting.attempt], ['waiting', 1])
    assert.equal(waiting.error?.code, 'SOURCE_UNREACHABLE')
    await rename(`${repository.path}.away`, repository.path)
    await push('v4')
    const [last] = await agent.settled(project.name)
    assert.deepEqual([last?.id, last?.state, last?.attempt], [job, 'succeeded', 2])
    const page = await fetch(`http://127.0.0.1:${host.ports.http}/`, { redirect: 'manual' })
    assert.ok(page.status > 0)
    const releases = JSON.parse((await host.muelle('releases', project.name, '--json')).stdout)
    assert.equal(releases[0].commit, (await repository.git('rev-parse', '--short=12', 'HEAD')).trim())
  })
})

/** Of an authority that ends in five days: one that nobody renews. */
async function writeCertificate({ domain, writeFile }: Project): Promise<void> {
  const ends = {
    notAfterDate: new Date(Date.now() + 5 * 86_400_000),
    keyType: 'ec',
    algorithm: 'sha256',
  } as const
  const authority = await generate([{ name: 'commonName', value: 'A company' }], {
    ...ends,
    extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
  })
  const { cert, private: key } = await generate([{ name: 'commonName', value: domain }], {
    ...ends,
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: domain }] }],
    ca: { key: authority.private, cert: authority.cert },
  })
  await writeFile('tls/chain.pem', `${cert.trim()}\n`)
  await writeFile('tls/key.pem', `${key.trim()}\n`)
}
