import { readFile } from 'node:fs/promises'
import packageFile from '../../../package.json' with { type: 'json' }
import { MuelleError } from '../../errors/muelle-error.ts'
import { readInstallation } from '../../settings.ts'
import { type Scope, scopes } from '../../store/access.ts'
import type { Job } from '../../store/jobs.ts'
import { type Command, type Input, type Io, type Output, text } from '../command.ts'
import { table } from '../render/format.ts'

export const agent: Command = {
  name: 'agent',
  summary: 'Keep apps up to date: webhooks, polling, schedules, and an API for other programs',
  details: [
    'run does it in this terminal, install as a service of systemd; status and jobs tell what it does, log what a job printed, audit who asked for what; token add, ls and rm say who may use the API',
  ],
  arguments: [
    { name: '<verb>', description: 'run, status, jobs, log, audit, token, install or uninstall' },
    { name: '[rest...]', description: 'log: the number of a job; token: add NAME, ls, or rm NAME' },
  ],
  options: [
    {
      flags: '--port <number>',
      description: 'run, install: listen on 127.0.0.1 too, for what is behind a proxy',
    },
    { flags: '--poll <seconds>', description: 'run: how often branches are looked at (default: 300)' },
    { flags: '--scope <scope>', description: 'token add: read, deploy or admin (default: read)' },
    { flags: '-a, --app <name>', description: 'jobs: of one app' },
  ],
  returnsData: true,
  examples: [
    'muelle agent install --port 9180',
    'muelle agent status',
    'muelle agent token add ci --scope deploy',
    'muelle agent jobs --app shop',
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

interface Request {
  input: Input
  rest: readonly string[]
  io: Io
}

type Verb = (request: Request) => Promise<Output>

const run: Verb = async ({ input, io }) => {
  const { runAgent } = await import('../../agent/agent.ts')
  const services = await io.services()
  const options = {
    home: installation(io).home,
    version: packageFile.version,
    ports: services.ports,
    port: wholeNumber(input, 'port', 65_535),
    pollMs: (wholeNumber(input, 'poll', 86_400) ?? 300) * 1000,
  }
  await runAgent(options, services, io)
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
    import('../../agent/agent.ts'),
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

const jobs: Verb = async ({ input, io }) => {
  const { store } = await io.services()
  const rows = store.jobs({ app: text(input, 'app'), before: Number.MAX_SAFE_INTEGER, limit: 30 })
  return {
    data: rows,
    text:
      rows.length === 0
        ? 'The agent has had nothing to do.'
        : table([['JOB', 'APP', 'KIND', 'ASKED BY', 'STATE', 'AT', ''], ...rows.map(line)]),
  }
}

function line({ id, app, kind, askedBy, state, startedAt, createdAt, error }: Job): string[] {
  return [String(id), app, kind, askedBy, state, startedAt ?? createdAt, error?.message.split('\n')[0] ?? '']
}

const log: Verb = async ({ rest, io }) => {
  const [id = ''] = rest
  const { logOf } = await import('../../agent/queue/start.ts')
  const printed = /^\d+$/.test(id)
    ? await readFile(logOf(installation(io).home, Number(id)), 'utf8').catch(() => undefined)
    : undefined
  if (printed !== undefined) return { data: { job: Number(id), log: printed }, text: printed.trimEnd() }
  throw new MuelleError('USAGE', `There is no log of a job ${id}.`, {
    hint: 'See the jobs:  muelle agent jobs',
  })
}

const audit: Verb = async ({ io }) => {
  const { store } = await io.services()
  const rows = store.auditLog({ before: Number.MAX_SAFE_INTEGER, limit: 50 })
  return {
    data: rows,
    text:
      rows.length === 0
        ? 'Nobody has asked the agent to change anything.'
        : table([
            ['AT', 'WHO', 'WHAT', 'ANSWER'],
            ...rows.map((row) => [row.at, row.actor, row.action, row.outcome]),
          ]),
  }
}

const token: Verb = async ({ input, rest, io }) => {
  const [verb = 'ls', name = ''] = rest
  const { store } = await io.services()
  const { addToken, removeToken, tokenName } = await import('../../agent/tokens.ts')
  if (verb === 'ls') {
    const rows = store.tokens()
    const lines = rows.map((row) => [row.name, row.scope, row.createdAt, row.lastUsedAt ?? 'never'])
    return { data: rows, text: table([['TOKEN', 'SCOPE', 'MADE', 'LAST USED'], ...lines]) }
  }
  if ((verb !== 'add' && verb !== 'rm') || !tokenName.safeParse(name).success) {
    throw new MuelleError('USAGE', 'A name of small letters, digits, - and _ is needed.', {
      hint: 'Say:  muelle agent token add ci --scope deploy   or:  muelle agent token rm ci',
    })
  }
  if (verb === 'rm') {
    removeToken(name, store)
    store.audit({ actor: 'command line', action: `token rm ${name}`, outcome: 'done' })
    return { data: { removed: name }, text: `The token ${name} is worthless now.` }
  }
  const made = addToken({ name, scope: readScope(input) }, store)
  store.audit({ actor: 'command line', action: `token add ${name} (${made.scope})`, outcome: 'done' })
  return { data: made, text: `${made.token}\n\nIt is shown this once: only its hash is kept.` }
}

function readScope(input: Input): Scope {
  const given = text(input, 'scope') ?? 'read'
  const scope = scopes.find((known) => known === given)
  if (scope !== undefined) return scope
  throw new MuelleError('USAGE', `${given} is none of ${scopes.join(', ')}.`, {
    hint: 'Say:  muelle agent token add ci --scope deploy',
  })
}

const install: Verb = async ({ input, io }) => {
  const { installAgent } = await import('../../agent/install.ts')
  const { home, instance } = installation(io)
  const file = await installAgent({ home, instance, port: wholeNumber(input, 'port', 65_535), env: io.env })
  return {
    data: { file },
    text: `The agent runs, and starts with the machine:  systemctl status ${file.split('/').at(-1)}`,
  }
}

const uninstall: Verb = async ({ io }) => {
  const { uninstallAgent } = await import('../../agent/install.ts')
  const file = await uninstallAgent(installation(io))
  return { data: { file }, text: 'The agent is gone. Apps go on, and nothing updates them by itself.' }
}

const verbs: Readonly<Record<string, Verb>> = { run, status, jobs, log, audit, token, install, uninstall }

function installation({ env }: Io) {
  return readInstallation(env, process.getuid?.() === 0)
}

function wholeNumber(input: Input, name: string, most: number): number | undefined {
  const given = text(input, name)
  if (given === undefined) return undefined
  const value = Number(given)
  if (Number.isInteger(value) && value > 0 && value <= most) return value
  throw new MuelleError('USAGE', `--${name} ${given} is no whole number up to ${most}.`, {
    hint: 'See how it is said:  muelle help agent',
  })
}
