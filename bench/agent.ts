import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import { z } from 'zod'
import { nowMs } from './clock.ts'
import { createIdleApps, type IdleApps } from './idle-apps.ts'
import { launcher } from './installation.ts'
import { everyMs, onSchedule } from './load/schedule.ts'
import { freePorts } from './ports.ts'
import { type ProcessUsage, readUsage } from './process-usage.ts'
import { progress, runBench } from './run.ts'
import { percentile } from './statistics.ts'

/** What an agent takes that has nothing to do, beside 30 containers, and how soon it answers. */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '30' },
    /** Each takes networks of Docker, of which it has some thirty. */
    apps: { type: 'string', default: '3' },
  },
})

const ratePerSecond = 100
/** How long it has been there when the measure begins: what it did to start is not idle. */
const settleMs = 20_000
const most = { residentMb: 100, cpuPercent: 1, statusP99Ms: 20 }

await runBench(async (interrupted) => {
  await using apps = await createIdleApps(Number(values.apps), interrupted)
  await using agent = await startAgent(apps, interrupted)
  const containers = await apps.containers()
  progress(`${containers} containers run; the agent has nothing to do for ${values.minutes} minutes`)
  const idle = await watchIdle(agent.pid, Number(values.minutes) * 60_000, interrupted)
  progress(`GET /v1/status ${ratePerSecond} times a second for ${values.seconds} s`)
  const asked = await askStatus(agent, Number(values.seconds) * 1000, interrupted)
  const after = await readUsage(agent.pid)
  const result = {
    apps: Number(values.apps),
    containers,
    minutes: Number(values.minutes),
    ...idle,
    ...asked,
    residentAfterMb: round(after.residentMb),
  }
  const passed =
    containers >= 30 &&
    idle.residentMb <= most.residentMb &&
    idle.rssMb <= most.residentMb &&
    idle.cpuPercent <= most.cpuPercent &&
    asked.statusP99Ms < most.statusP99Ms &&
    asked.failed === 0
  return { result, passed }
})

interface RunningAgent extends AsyncDisposable {
  pid: number
  port: number
  token: string
}

/** As its service starts it. */
async function startAgent({ installation }: IdleApps, interrupted: AbortSignal): Promise<RunningAgent> {
  const made = await installation.muelle(['agent', 'token', 'add', 'bench', '--json'])
  const { token } = z.object({ token: z.string() }).parse(JSON.parse(made))
  const [port = 0] = await freePorts(1)
  const { env } = installation
  const running = execa(launcher, ['agent', 'run', '--port', String(port)], {
    env,
    cancelSignal: interrupted,
    reject: false,
  })
  await sleep(settleMs, undefined, { signal: interrupted })
  return {
    pid: running.pid ?? 0,
    port,
    token,
    async [Symbol.asyncDispose]() {
      running.kill('SIGTERM')
      const { stderr } = await running
      for (const line of stderr.split('\n')) progress(`agent: ${line}`)
    },
  }
}

async function watchIdle(pid: number, durationMs: number, interrupted: AbortSignal) {
  const seen: ProcessUsage[] = []
  const beganMs = nowMs()
  const first = await readUsage(pid)
  while (nowMs() - beganMs < durationMs) {
    await sleep(2000, undefined, { signal: interrupted })
    seen.push(await readUsage(pid))
  }
  const last = await readUsage(pid)
  if (last.rssMb === 0) throw new Error('the agent has ended')
  return {
    residentMb: round(Math.max(...seen.map(({ residentMb }) => residentMb))),
    rssMb: round(Math.max(...seen.map(({ rssMb }) => rssMb))),
    cpuPercent: round((100_000 * (last.cpuSeconds - first.cpuSeconds)) / (nowMs() - beganMs)),
  }
}

/** Open loop: a slow answer does not delay the next question. */
async function askStatus({ port, token }: RunningAgent, durationMs: number, interrupted: AbortSignal) {
  const agent = new Agent({ keepAlive: true })
  const ask = (scheduledAtMs: number): Promise<{ status: number; ms: number }> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` }
      request({ host: '127.0.0.1', port, path: '/v1/status', headers, agent }, (response) => {
        response.resume().on('end', () => {
          resolve({ status: response.statusCode ?? 0, ms: nowMs() - scheduledAtMs })
        })
      })
        .on('error', reject)
        .end()
    })
  // Whoever asks first after a pause waits for the look at how busy containers are, which takes a quarter of a second.
  const cold = await ask(nowMs())
  const asked: Promise<{ status: number; ms: number }>[] = []
  const interval = 1000 / ratePerSecond
  await onSchedule(everyMs(interval, durationMs / interval), (at) => asked.push(ask(at)), interrupted)
  const answers = await Promise.all(asked)
  agent.destroy()
  const times = answers.map(({ ms }) => ms)
  return {
    asked: answers.length,
    failed: answers.filter(({ status }) => status !== 200).length,
    statusColdMs: round(cold.ms),
    statusP50Ms: round(percentile(times, 0.5)),
    statusP99Ms: round(percentile(times, 0.99)),
    statusMaxMs: round(Math.max(...times)),
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
