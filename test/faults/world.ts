import { execa } from 'execa'
import { type Load, startLoad } from '../../bench/load-process.ts'
import { type Cleanup, createHost, docker, type Host, lines, type Run } from '../support/host.ts'
import { type ComposeDraft, createProject, type Project } from '../support/project.ts'

/** An app with everything that a deployment hands over: two replicas, a worker, a scheduler, a release command. */
export interface World extends AsyncDisposable {
  host: Host
  project: Project
  write(version: string, change?: (file: ComposeDraft) => void): Promise<void>
  /** Runs Muelle, dying at a line of its journal. */
  muelleKilledAt(line: number, ...argv: string[]): Promise<Run & { killed: boolean }>
  load<T>(work: () => Promise<T>): Promise<{ result: T; load: Load }>
  /** What is wrong with the app at rest; empty when it is whole. */
  faults(): Promise<string[]>
}

const main = new URL('../../src/main.ts', import.meta.url).pathname
const killAt = new URL('kill-at.ts', import.meta.url).pathname

export async function createWorld(change: (file: ComposeDraft) => void = () => undefined): Promise<World> {
  const works: (() => Promise<void>)[] = []
  const cleanup: Cleanup = { after: (work) => works.push(work) }
  const host = await createHost(cleanup)
  const project = await createProject(cleanup)
  const target = { port: host.ports.http, host: project.domain, tls: false }
  return {
    host,
    project,
    write: (version, more) =>
      project.write(version, (file) => {
        const idle = { build: '.', command: ['sleep', 'infinity'], init: true, stop_grace_period: '2s' }
        file.services['web'] = { ...file.services['web'], deploy: { replicas: 2 } }
        file.services['worker'] = idle
        file.services['beat'] = { ...idle, 'x-muelle': { role: 'singleton' } }
        file['x-muelle'] = { ...file['x-muelle'], release: ['true'], keep_releases: 3, drain_timeout: '20s' }
        change(file)
        more?.(file)
      }),
    muelleKilledAt: async (line, ...argv) => {
      const options = ['--disable-warning=ExperimentalWarning', '--import', killAt, main, ...argv]
      const env = { ...host.env, MUELLE_KILL_AT: String(line) }
      const { exitCode, stdout, stderr, signal } = await execa(process.execPath, options, {
        env,
        reject: false,
      })
      return { exitCode, stdout, stderr, killed: signal === 'SIGKILL' }
    },
    load: async (work) => {
      using running = startLoad(target, `/tmp/${project.name}.load`, [
        '--rate',
        '20',
        '--connections',
        '4',
        '--post',
        '0',
        '--fresh',
        '0.5',
        '--pages-only',
      ])
      const result = await work()
      return { result, load: await running.stop() }
    },
    faults: () => findFaults(host, project),
    [Symbol.asyncDispose]: async () => {
      for (const work of works.reverse()) await work()
    },
  }
}

/** Looks at Docker from outside; of Muelle it asks only which releases are live and warm. */
async function findFaults(host: Host, project: Project): Promise<string[]> {
  const { stdout } = await host.muelle('releases', project.name, '--json')
  const releases = JSON.parse(stdout) as { number: number; state: string }[]
  const inState = (...states: string[]) =>
    releases.filter(({ state }) => states.includes(state)).map(({ number }) => number)
  const expected = { live: inState('live'), standing: inState('live', 'warm') }
  const containers = await listContainers(host)
  return [
    ...(expected.live.length === 1 ? [] : [`live releases: ${expected.live.join(', ')}`]),
    ...findOrphans(containers, expected.standing),
    ...findIncomplete(containers, expected),
    ...(await findOrphanNetworks(project, expected.standing)),
  ]
}

interface Seen {
  /** 0 for what belongs to no release. */
  release: number
  service: string
  isRunning: boolean
  name: string
}

async function listContainers(host: Host): Promise<Seen[]> {
  const format = '{{.Label "org.muelle.release"}}|{{.Label "org.muelle.service"}}|{{.State}}|{{.Names}}'
  const label = `label=org.muelle.instance=${host.instance}`
  return lines(await docker('ps', '--all', '--filter', label, '--format', format)).map((line) => {
    const [release, service = '', state, name = ''] = line.split('|')
    return { release: Number(release), service, isRunning: state === 'running', name }
  })
}

function findOrphans(containers: readonly Seen[], standing: readonly number[]): string[] {
  const orphans = containers.filter(({ release }) => release > 0 && !standing.includes(release))
  const nginx = containers.filter(({ name, isRunning }) => name.includes('-nginx-') && isRunning)
  return [
    ...orphans.map(({ name }) => `orphan ${name}`),
    ...(nginx.length === 1 ? [] : [`${nginx.length} nginx run in the gateway`]),
  ]
}

function findIncomplete(
  containers: readonly Seen[],
  { live, standing }: { live: readonly number[]; standing: readonly number[] },
): string[] {
  const running = (service: string) =>
    containers.filter((each) => each.service === service && each.isRunning).map(({ release }) => release)
  const handedOver = ['worker', 'beat'].flatMap((service) =>
    running(service).join() === live.join() ? [] : [`${service} runs in release ${running(service).join()}`],
  )
  const replicas = standing.flatMap((release) => {
    const count = running('web').filter((each) => each === release).length
    return count === 2 ? [] : [`release ${release} has ${count} of 2 replicas`]
  })
  const commands = running('release-command').length === 0 ? [] : ['a release command still runs']
  return [...handedOver, ...replicas, ...commands]
}

async function findOrphanNetworks({ name }: Project, standing: readonly number[]): Promise<string[]> {
  const networks = lines(await docker('network', 'ls', '--format', '{{.Name}}'))
  return networks
    .filter((network) => network.startsWith(`${name}-r`))
    .filter((network) => !standing.includes(Number(/-r(\d+)_/.exec(network)?.[1])))
    .map((network) => `orphan network ${network}`)
}
