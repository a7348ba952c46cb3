import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { progress, runBench } from '../../bench/run.ts'
import { percentile } from '../../bench/statistics.ts'
import { docker, lines, type Run } from '../support/host.ts'
import type { ComposeDraft } from '../support/project.ts'
import { createWorld, type World } from './world.ts'

/**
 * Real faults, one at a time, in a live app under load: what goes wrong, what the command has to say, and which
 * version has to serve afterwards. Nothing may be left behind, and no request lost but where `loses` says so.
 */
interface Fault {
  name: string
  /** Changes to the Compose file of the next release. */
  change?: (file: ComposeDraft) => void
  /** What is done to the machine before the command. */
  before?: (world: World) => Promise<void>
  /** What is done while the command runs, once it has said this. */
  during?: {
    after: RegExp
    act: (world: World, running: { kill(signal: NodeJS.Signals): void }) => Promise<void>
  }
  /** Environment of the command. */
  env?: Record<string, string>
  expected: { exitCode: number; serves: 'old' | 'new' }
  /** Requests are lost while the part that was hit is down: Docker restarts it. */
  loses?: boolean
  after?: (world: World) => Promise<void>
}

const web = (file: ComposeDraft, change: Record<string, unknown>): void => {
  file.services['web'] = { ...file.services['web'], ...change }
}
const settings = (file: ComposeDraft, change: Record<string, unknown>): void => {
  file['x-muelle'] = { ...file['x-muelle'], ...change }
}
const environment = (variables: Record<string, string>) => (file: ComposeDraft) =>
  web(file, { environment: variables })

const containers = async ({ host }: World, ...filters: string[]): Promise<string[]> => {
  const own = [`label=org.muelle.instance=${host.instance}`, ...filters]
  return lines(await docker('ps', '--quiet', ...own.flatMap((filter) => ['--filter', filter])))
}
const ofRole = (world: World, role: string) => containers(world, `label=org.muelle.role=${role}`)
const oldest = async (world: World) => (await ofRole(world, 'web')).slice(-1)
const newest = async (world: World) => (await ofRole(world, 'web')).slice(0, 1)
/** As the kernel would, out of memory: `docker kill` would keep the container from being started again. */
const killFirst = async (ids: Promise<string[]>): Promise<void> => {
  const [id = ''] = await ids
  process.kill(Number(await docker('inspect', '--format', '{{.State.Pid}}', id)), 'SIGKILL')
}
const all = async (ids: Promise<string[]>, ...argv: string[]): Promise<void> =>
  void (await docker(...argv, ...(await ids)))
const works = { exitCode: 0, serves: 'new' } as const
const fails = (exitCode: number) => ({ exitCode, serves: 'old' }) as const

const faults: readonly Fault[] = [
  // The new release is broken.
  {
    name: 'it does not build',
    change: (file) => web(file, { build: { context: '.', args: { X: '1' }, target: 'nowhere' } }),
    expected: fails(22),
  },
  {
    name: 'its image does not exist',
    change: (file) => {
      file.services['extra'] = { image: 'muelle.invalid/nothing:1' }
    },
    expected: fails(21),
  },
  {
    name: 'its file is no Compose file',
    change: (file) => {
      file.services['web'] = { bild: '.' }
    },
    expected: fails(11),
  },
  { name: 'its test fails', change: (file) => settings(file, { test: ['false'] }), expected: fails(26) },
  {
    name: 'its release command fails',
    change: (file) => settings(file, { release: ['false'] }),
    expected: fails(32),
  },
  { name: 'it crashes at its start', change: environment({ CRASH: 'no database' }), expected: fails(33) },
  {
    name: 'it runs out of memory',
    change: (file) => web(file, { mem_limit: '6m', restart: 'no' }),
    expected: fails(33),
  },
  {
    name: 'it never listens',
    change: (file) => {
      environment({ BOOT_SECONDS: '60' })(file)
      settings(file, { deploy_timeout: '3s' })
    },
    expected: fails(34),
  },
  {
    name: 'its health is bad',
    change: (file) => {
      environment({ HEALTH: '500' })(file)
      settings(file, { deploy_timeout: '3s' })
    },
    expected: fails(35),
  },
  {
    name: 'its pages are bad',
    change: (file) => {
      environment({ PAGES: '500' })(file)
      settings(file, { smoke: ['/'] })
    },
    expected: fails(35),
  },
  {
    name: 'the gateway refuses its configuration',
    change: (file) => {
      file['volumes'] = { files: null }
      web(file, { volumes: ['files:/files'] })
      settings(file, { static: { '/': 'files' } })
    },
    expected: fails(36),
  },

  // Something happens while it is deployed.
  {
    name: 'SIGTERM',
    during: { after: /Record/, act: async (_, running) => running.kill('SIGTERM') },
    expected: fails(130),
  },
  {
    name: 'a container of the new release is killed as it boots',
    change: environment({ BOOT_SECONDS: '2' }),
    during: { after: /Start web/, act: (world) => killFirst(newest(world)) },
    expected: works,
  },
  {
    name: 'a container of the old release is killed',
    during: { after: /Record/, act: (world) => killFirst(oldest(world)) },
    expected: works,
    loses: true,
  },
  {
    name: 'another deployment is started',
    change: environment({ BOOT_SECONDS: '2' }),
    during: {
      after: /Record/,
      act: async (world) => {
        const second = await world.host.muelle('up', world.project.directory)
        if (second.exitCode !== 40) throw new Error(second.stderr)
      },
    },
    expected: works,
  },
  {
    name: 'nginx is killed',
    during: { after: /Start web/, act: (world) => killFirst(ofRole(world, 'nginx')) },
    expected: works,
    loses: true,
  },

  // Something happened before it.
  {
    name: 'nginx was removed',
    before: async (world) => all(ofRole(world, 'nginx'), 'rm', '--force'),
    expected: works,
    loses: true,
  },
  {
    name: 'the holder of the ports was restarted',
    before: async (world) => all(ofRole(world, 'holder'), 'restart', '--time', '0'),
    expected: works,
    loses: true,
  },
  {
    name: 'the gateway was cut off the app',
    before: async (world) =>
      void (await docker(
        'network',
        'disconnect',
        '--force',
        `${world.project.name}_edge`,
        `${world.host.instance}-gateway`,
      )),
    expected: works,
    loses: true,
  },
  {
    name: 'the live release was removed',
    before: async (world) => all(ofRole(world, 'web'), 'rm', '--force'),
    expected: works,
    loses: true,
  },
  {
    name: "Muelle's database was lost",
    before: async ({ host }) => {
      for (const end of ['', '-wal', '-shm'])
        await rm(join(host.env['MUELLE_HOME'] ?? '', `muelle.db${end}`), { force: true })
    },
    expected: works,
  },
  { name: 'the disk is nearly full', env: { MUELLE_MIN_FREE_MB: '900000000' }, expected: fails(23) },
  { name: 'the clock is one hour ahead', env: { NODE_OPTIONS: clockOff(3_600_000) }, expected: works },
  { name: 'the clock is one hour behind', env: { NODE_OPTIONS: clockOff(-3_600_000) }, expected: works },

  // The gateway itself changes.
  {
    name: 'a new image of the gateway',
    before: async () => void (await docker('tag', 'nginx:1.30', 'nginx:1.30-next')),
    env: { MUELLE_GATEWAY_IMAGE: 'nginx:1.30-next' },
    expected: works,
    after: async () => void (await docker('rmi', 'nginx:1.30-next')),
  },
  {
    name: 'new files for the gateway to serve',
    change: (file) => {
      file['volumes'] = { files: null }
      web(file, { volumes: ['files:/files'] })
      settings(file, { static: { '/files/': 'files' } })
    },
    expected: works,
  },
]

/** Shifts the clock of the one process that is given these options. */
function clockOff(ms: number): string {
  const source = `const now = Date.now; Date.now = () => now() + ${ms}`
  return `--import data:text/javascript,${encodeURIComponent(source)}`
}

const { values } = parseArgs({ options: { only: { type: 'string' } } })
await runBench(async (interrupted) => {
  await using world = await createWorld()
  await world.write('old')
  const first = await world.host.muelle('up', world.project.directory)
  if (first.exitCode !== 0) throw new Error(first.stderr)

  const wanted = faults.filter(({ name }) => name.includes(values.only ?? ''))
  const takenBackMs: number[] = []
  let expected = 0
  for (const fault of wanted) {
    interrupted.throwIfAborted()
    const { wrong, backMs } = await inject(fault, world)
    if (backMs !== undefined) takenBackMs.push(backMs)
    if (wrong.length === 0) expected++
    progress(`${fault.name}: ${wrong.length === 0 ? 'as expected' : wrong.join('; ')}`)
    if (wrong.length > 0) await repair(world)
  }
  const rollbackP95Ms = Math.round(percentile(takenBackMs, 0.95))
  return {
    result: { cases: wanted.length, expected, rollbackP95Ms },
    passed: wanted.length === expected && !(rollbackP95Ms > 10_000),
  }
})

async function inject(fault: Fault, world: World): Promise<{ wrong: string[]; backMs: number | undefined }> {
  const { exitCode, serves } = fault.expected
  await fault.before?.(world)
  await world.write('new', fault.change)
  const { result, load } = await world.load(() => run(fault, world))
  await fault.after?.(world)
  const wrong: string[] = []
  if (result.exitCode !== exitCode)
    wrong.push(`exit code ${result.exitCode}: ${result.stderr.trim().split('\n').slice(-3).join(' | ')}`)
  if (exitCode !== 0 && exitCode !== 130 && !/\n {2}→ /.test(result.stderr)) wrong.push('no next command')
  const { body } = await world.host.get(world.project.domain)
  if (!body.startsWith(`${serves} `)) wrong.push(`serves ${body.slice(0, 40)}`)
  if (fault.loses !== true && load.report.lost > 0) wrong.push(`${load.report.lost} lost`)
  wrong.push(...(await world.faults()))
  // The next case starts from `old` again.
  if (serves === 'new') await repair(world)
  return { wrong, backMs: backMs(result) }
}

async function run({ during, env = {} }: Fault, { host, project, ...world }: World): Promise<Run> {
  const running = host.startWith(env, 'up', project.directory)
  let told = ''
  let acted: Promise<void> | undefined
  running.stderr.on('data', (chunk) => {
    told += String(chunk)
    if (during === undefined || acted !== undefined || !during.after.test(told)) return
    acted = during.act({ host, project, ...world }, running)
  })
  const { exitCode, stdout, stderr } = await running
  await acted
  return { exitCode, stdout, stderr }
}

async function repair(world: World): Promise<void> {
  await world.write('old')
  const { exitCode, stderr } = await world.host.muelle('up', world.project.directory)
  if (exitCode !== 0) throw new Error(`not to be repaired: ${stderr}`)
}

/** From the line that tells of the failure to the last line, by their times. */
function backMs({ stderr }: Run): number | undefined {
  const failed = stderr.split('\n').findIndex((line) => /: failed, /.test(line))
  const times = stderr
    .split('\n')
    .slice(failed)
    .flatMap((line) => /^\d{4}-\S+Z/.exec(line)?.[0] ?? [])
  const [from, to] = [times[0], times.at(-1)]
  return failed === -1 || from === undefined || to === undefined
    ? undefined
    : Date.parse(to) - Date.parse(from)
}
