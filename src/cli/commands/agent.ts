import { MuelleError } from '../../errors/muelle-error.ts'
import { follow, jobs, log, stop } from '../agent/jobs.ts'
import { audit, describeSetup, token } from '../agent/tokens.ts'
import { installation, readEntrance, type Verb, wholeNumber } from '../agent/verb.ts'
import { type Command, flag, type Io } from '../command.ts'
import { table } from '../render/format.ts'

export const agent: Command = {
  name: 'agent',
  summary: 'Keep apps up to date: webhooks, polling, schedules, and an API for other programs',
  details: [
    'run does it in this terminal, install as a service of systemd, upgrade lets this version take the place of the one that runs; status and jobs tell what it does, log what a job printed, audit who asked for what',
    'Where it runs, up and other long commands are its jobs, which go on without their terminal: follow shows one again, stop takes it back',
    'token add, ls and rm say who may use the API; token setup makes one that is good once, for the first administrator',
  ],
  arguments: [
    {
      name: '<verb>',
      description: 'run, status, jobs, follow, stop, log, audit, token, install, upgrade or uninstall',
    },
    {
      name: '[rest...]',
      description: 'follow, stop, log: the number of a job; token: add NAME, ls, rm NAME or setup',
    },
  ],
  options: [
    {
      flags: '--port <number>',
      description: 'run, install: listen on 127.0.0.1 too, for what is behind a proxy',
    },
    {
      flags: '--domain <name>',
      description: 'run, install: a host name at the gateway that leads to the agent, for webhooks',
    },
    {
      flags: '--email <address>',
      description: 'run, install: for the certificate of --domain (default: a self-signed one)',
    },
    { flags: '--poll <seconds>', description: 'run: how often branches are looked at (default: 300)' },
    {
      flags: '--drain',
      description: 'run: when it is stopped, end once its jobs have ended, for a container',
    },
    { flags: '--scope <scope>', description: 'token add: read, deploy or admin (default: read)' },
    { flags: '-a, --app <name>', description: 'jobs: of one app' },
  ],
  returnsData: true,
  examples: [
    'muelle agent install --port 9180',
    'muelle agent status',
    'muelle agent token add ci --scope deploy',
    'muelle agent jobs --app shop',
    'muelle agent follow 12',
    'muelle agent stop 12',
  ],
  run: async (input, io) => {
    const [verb = '', ...rest] = input.args
    const run = verbs[verb]
    if (run !== undefined) return run({ input, rest, io })
    throw new MuelleError('USAGE', `${verb} is none of ${Object.keys(verbs).join(', ')}.`, {
      hint: 'Say:  muelle agent status',
    })
  },
}

const run: Verb = async ({ input, io }) => {
  const [{ runAgent }, { readVersion }] = await Promise.all([
    import('../../agent/agent.ts'),
    import('../../version.ts'),
  ])
  const services = await io.services()
  const options = {
    home: installation(io).home,
    pingUrl: installation(io).pingUrl,
    version: readVersion(),
    ports: services.ports,
    port: wholeNumber(input, 'port', 65_535),
    entrance: await readEntrance(input),
    pollMs: (wholeNumber(input, 'poll', 86_400) ?? 300) * 1000,
    drains: flag(input, 'drain'),
  }
  const successor = await runAgent(options, services, io)
  if (successor !== undefined) {
    const { becomeSuccessor } = await import('../../agent/successor.ts')
    services.store.close()
    becomeSuccessor(successor)
  }
  return { data: { stopped: true } }
}

interface AgentStatus {
  version: string
  startedAt: string
  jobsUnderWay: number
  apps: readonly { app: string; environment: string; release?: number; url: string }[]
}

const status: Verb = async ({ io }) => {
  const [{ askAgent }, { socketOf }] = await Promise.all([
    import('../../agent/client.ts'),
    import('../../agent/socket.ts'),
  ])
  const socket = socketOf(installation(io).home)
  const data = (await askAgent(socket, { method: 'GET', path: '/v1/status' })) as AgentStatus
  const apps = data.apps.map(({ app, release, url }) => [
    `  ${app}`,
    release === undefined ? '-' : `release ${release}`,
    url,
  ])
  const head = `The agent ${data.version} runs since ${data.startedAt}, with ${data.jobsUnderWay} jobs under way.`
  return { data, text: apps.length === 0 ? head : [head, table(apps)].join('\n') }
}

const install: Verb = async ({ input, io }) => {
  const { installAgent } = await import('../../agent/install.ts')
  const { home, instance } = installation(io)
  const port = wholeNumber(input, 'port', 65_535)
  const entrance = await readEntrance(input)
  const file = await installAgent({ home, instance, port, entrance, env: io.env })
  const isReachable = port !== undefined || entrance !== undefined
  const setup = isReachable ? await firstToken(io) : undefined
  const lines = [`The agent runs, and starts with the machine:  systemctl status ${file.split('/').at(-1)}`]
  if (setup !== undefined) lines.push('', describeSetup(setup))
  return { data: { file, ...(setup === undefined ? {} : { setup }) }, text: lines.join('\n') }
}

/** Where nobody can ask from elsewhere yet. */
async function firstToken(io: Io) {
  const { store } = await io.services()
  if (store.tokens().some(({ scope, expiresAt }) => scope === 'admin' && expiresAt === null)) return undefined
  const { addSetupToken } = await import('../../agent/tokens.ts')
  store.audit({ actor: 'command line', action: 'token setup', outcome: 'done' })
  return addSetupToken(store)
}

const upgrade: Verb = async ({ io }) => {
  const [{ upgradeAgent }, { readVersion }] = await Promise.all([
    import('../../agent/upgrade.ts'),
    import('../../version.ts'),
  ])
  const { home, instance } = installation(io)
  const { from, to } = await upgradeAgent({ home, instance, env: io.env }, readVersion())
  return { data: { from, to }, text: `The agent is ${to} now; it was ${from}. What it was doing goes on.` }
}

const uninstall: Verb = async ({ io }) => {
  const { uninstallAgent } = await import('../../agent/install.ts')
  const file = await uninstallAgent(installation(io))
  return { data: { file }, text: 'The agent is gone. Apps go on, and nothing updates them by itself.' }
}

const verbs: Readonly<Record<string, Verb>> = {
  run,
  status,
  jobs,
  follow,
  stop,
  log,
  audit,
  token,
  install,
  upgrade,
  uninstall,
}
