import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { before, describe, test } from 'node:test'
import { connect } from 'node:tls'
import { fromGithub, pushOf } from '../support/agent.ts'
import { startAuthority } from '../support/authority.ts'
import { createHost, type Host, suiteCleanup } from '../support/host.ts'
import { createProject, type Project } from '../support/project.ts'
import { createAgent, type RunningAgent, setWebhookSecret } from '../support/running-agent.ts'

describe('an agent with a host name at the gateway', () => {
  const cleanup = suiteCleanup()
  let host: Host
  let project: Project
  let agent: RunningAgent
  let domain: string

  interface Asked {
    method?: string
    headers?: Record<string, string>
    body?: string
  }

  const ask = async (path: string, { method = 'GET', headers = {}, body }: Asked = {}) => {
    const sending = request({
      ...{ host: '127.0.0.1', port: host.ports.https, path, method },
      ...{ servername: domain, rejectUnauthorized: false },
      headers: { host: domain, ...headers },
    })
    sending.end(body)
    const [response] = (await once(sending, 'response')) as [IncomingMessage]
    return response
  }
  const status = async (path: string, asked?: Asked): Promise<number | undefined> => {
    const response = await ask(path, asked)
    response.resume()
    return response.statusCode
  }
  const isServed = () =>
    ask('/v1/apps').then(
      () => true,
      () => false,
    )

  before(async () => {
    host = await createHost(cleanup)
    project = await createProject(cleanup)
    domain = `agent-${project.name}.test`
    const authority = await startAuthority(cleanup, host)
    await project.write('v1')
    const first = await host.muelle('up', project.directory)
    assert.equal(first.exitCode, 0, first.stderr)
    await authority.letNamesLead()
    const start: Host['start'] = (...argv) => host.startWith(authority.env, ...argv)
    agent = await createAgent(cleanup, { ...host, start })
    await agent.start('--domain', domain, '--email', 'ops@muelle.test')
    await agent.until(isServed)
  })

  test('has a certificate of the authority', async () => {
    const issuer = async (): Promise<string> => {
      const socket = connect({
        host: '127.0.0.1',
        port: host.ports.https,
        servername: domain,
        rejectUnauthorized: false,
      })
      await once(socket, 'secureConnect')
      const certificate = socket.getPeerCertificate()
      socket.destroy()
      return JSON.stringify(certificate.issuer)
    }
    await agent.until(async () => (await issuer()).includes('Pebble'))
  })

  test('asks everyone for a token or a signature, and knows who was refused', async () => {
    const { authorization } = agent
    assert.equal(await status('/v1/apps'), 401)
    assert.equal(await status('/v1/apps', { headers: { authorization } }), 200)
    assert.equal(
      await status('/v1/commands', { method: 'POST', headers: { authorization }, body: '{}' }),
      403,
    )
    const { items } = await agent.get<{ items: { actor: string }[] }>('/v1/audit')
    assert.ok(
      items.some(({ actor }) => /^nobody \d+\.\d+\.\d+\.\d+$/.test(actor)),
      JSON.stringify(items),
    )
  })

  test('takes deliveries as they were signed [C4]', async () => {
    const secret = await setWebhookSecret(host, project.name)
    const deliver = (key: string) => {
      const { headers, body } = fromGithub(pushOf(), { secret: key })
      return status(`/v1/hooks/${project.name}`, { method: 'POST', headers, body })
    }
    assert.equal(await deliver('another'), 401)
    // The app follows no branch, which it can say only of one that is signed.
    assert.equal(await deliver(secret), 200)
  })

  test('tells what happens while it happens', async () => {
    await project.write('v2', (file) => {
      file.services['web'] = { ...file.services['web'], environment: { BOOT_SECONDS: '3' } }
    })
    const running = host.start('up', project.directory)
    const job = await agent.until(async () => (await agent.jobs(project.name))[0])
    const { authorization } = agent
    const events = await ask(`/v1/jobs/${job.id}/events`, { headers: { authorization } })
    events.setEncoding('utf8')
    for await (const part of events) if (String(part).includes('"begin"')) break
    assert.equal((await agent.job(job.id)).endedAt, null)
    const { exitCode, stderr } = await running
    assert.equal(exitCode, 0, stderr)
  })

  test('serves beside the apps, which come and go', async () => {
    assert.match((await host.get(project.domain)).body, /^v2 /)
    const { exitCode, stderr } = await host.muelle('down', project.name)
    assert.equal(exitCode, 0, stderr)
    assert.equal(await status('/v1/apps'), 401)
  })

  test('is not there any more when it is started without', async () => {
    await agent.end('SIGTERM')
    await agent.start()
    await agent.until(async () => !(await isServed()))
  })
})
