import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../bench/ports.ts'
import type { DeploymentDetails } from '../../src/store/deployments.ts'
import type { Job } from '../../src/store/jobs.ts'
import type { Sent } from './agent.ts'
import type { Cleanup, Host } from './host.ts'

/** An agent as a process of its own, which can be killed and started again on the same state. */
export interface RunningAgent {
  address: string
  /** Authorization of an administrator. */
  authorization: string
  start(...options: string[]): Promise<void>
  /** @returns how it ended */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<{ exitCode: number | undefined; stderr: string }>
  get<T>(path: string): Promise<T>
  post(path: string, body?: object): Promise<{ status: number; job: number }>
  deliver(app: string, sent: Sent): Promise<{ status: number; outcome: string; job: number; ms: number }>
  jobs(app: string): Promise<Job[]>
  job(id: number): Promise<Job>
  deployments(app: string): Promise<DeploymentDetails[]>
  /** Waits until nothing of an app waits or runs. */
  settled(app: string): Promise<Job[]>
  /** Waits until something holds, two minutes unless told. */
  until<T>(look: () => Promise<T | undefined | false>, patienceMs?: number): Promise<T>
}

interface Page<T> {
  items: T[]
}

const usualPatienceMs = 120_000

export async function createAgent(t: Cleanup, host: Host): Promise<RunningAgent> {
  const port = await freePort()
  const address = `http://127.0.0.1:${port}`
  let running: ReturnType<Host['start']> | undefined
  const made = await host.muelle('agent', 'token', 'add', 'test', '--scope', 'admin', '--json')
  assert.equal(made.exitCode, 0, made.stderr)
  const authorization = `Bearer ${JSON.parse(made.stdout).token}`

  const end: RunningAgent['end'] = async (signal) => {
    running?.kill(signal)
    const ended = await running
    running = undefined
    return { exitCode: ended?.exitCode, stderr: ended?.stderr ?? '' }
  }
  t.after(async () => {
    await end('SIGTERM')
  })

  const until: RunningAgent['until'] = async (look, patienceMs = usualPatienceMs) => {
    for (const began = Date.now(); ; await sleep(100)) {
      const found = await look()
      if (found !== undefined && found !== false) return found
      assert.ok(Date.now() - began < patienceMs, `waited in vain for ${look}`)
    }
  }
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${address}${path}`, { headers: { authorization } })
    assert.equal(response.status, 200, await response.clone().text())
    return (await response.json()) as T
  }
  const jobs = async (app: string): Promise<Job[]> =>
    (await get<Page<Job>>(`/v1/jobs?app=${app}&limit=200`)).items

  return {
    address,
    authorization,
    end,
    get,
    jobs,
    until,
    job: (id) => get<Job>(`/v1/jobs/${id}`),
    deployments: async (app) =>
      (await get<Page<DeploymentDetails>>(`/v1/apps/${app}/deployments?limit=200`)).items,
    start: async (...options) => {
      running = host.start('agent', 'run', '--port', String(port), ...options)
      let ending: string | undefined
      void running.then(({ stderr }) => {
        ending = stderr
      })
      await until(async () => {
        assert.equal(ending, undefined)
        return fetch(address).then(
          () => true,
          () => false,
        )
      })
    },
    post: async (path, body = {}) => {
      const response = await fetch(`${address}${path}`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return { status: response.status, ...((await response.json()) as { job: number }) }
    },
    deliver: async (app, { headers, body }) => {
      const began = performance.now()
      const response = await fetch(`${address}/v1/hooks/${app}`, { method: 'POST', headers, body })
      const answer = (await response.json()) as { outcome: string; job: number }
      return { status: response.status, ...answer, ms: performance.now() - began }
    },
    settled: (app) =>
      until(async () => {
        const all = await jobs(app)
        return all.every(({ endedAt }) => endedAt !== null) && all
      }),
  }
}

/** Sets the secret with which deliveries for an app are signed. */
export async function setWebhookSecret(host: Host, app: string): Promise<string> {
  const secret = randomBytes(24).toString('hex')
  const { exitCode, stderr } = await host.send(secret, 'secrets', 'set', 'WEBHOOK_SECRET', '--app', app)
  assert.equal(exitCode, 0, stderr)
  return secret
}
