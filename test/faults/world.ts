import { execa } from 'execa'
import { type Load, startLoad } from '../../bench/load-process.ts'
import { type Cleanup, createHost, docker, type Host, lines, main, type Run } from '../support/host.ts'
import { type ComposeDraft, createProject, type Project } from '../support/project.ts'
import { findFaults, listReleases, type ReleaseSeen, wantedReplicas } from './whole.ts'

/** An app with everything that a deployment hands over: two replicas, a worker, a scheduler, a release command. */
export interface World extends AsyncDisposable {
  host: Host
  project: Project
  write(version: string, change?: (file: ComposeDraft) => void): Promise<void>
  /** Runs Muelle, dying at a line of its journal. */
  muelleKilledAt(line: number, ...argv: string[]): Promise<Run & { killed: boolean }>
  load<T>(work: () => Promise<T>, visitors?: Visitors): Promise<{ result: T; load: Load }>
  /** Runs Muelle. @throws when it fails */
  succeed(...argv: readonly string[]): Promise<void>
  releases(): Promise<ReleaseSeen[]>
  /** How many replicas the web service is to have. */
  replicas(): Promise<number>
  /** What is wrong with the app at rest; empty when it is whole. */
  faults(): Promise<string[]>
  /** What nginx says of requests that it could not hand on. */
  gatewayErrors(): Promise<string[]>
}

export interface Visitors {
  ratePerSecond: number
  /** Share of the requests that come on a connection of their own. */
  fresh: number
}
const few: Visitors = { ratePerSecond: 20, fresh: 0.5 }

const killAt = new URL('kill/at.ts', import.meta.url).pathname

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
        const idle = {
          build: '.',
          command: ['sleep', 'infinity'],
          init: true,
          stop_grace_period: '2s',
          // Muelle asks once and goes on; without it waits for the service to run for a while.
          healthcheck: { test: ['CMD', 'true'], interval: '1h' },
        }
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
    load: async (work, { ratePerSecond, fresh } = few) => {
      using running = startLoad(target, `/tmp/${project.name}.load`, [
        '--rate',
        `${ratePerSecond}`,
        '--connections',
        '4',
        '--post',
        '0',
        '--fresh',
        `${fresh}`,
        '--pages-only',
      ])
      const result = await work()
      return { result, load: await running.stop() }
    },
    succeed: async (...argv) => {
      const { exitCode, stderr } = await host.muelle(...argv)
      if (exitCode !== 0) throw new Error(stderr)
    },
    releases: () => listReleases(host, project),
    replicas: () => wantedReplicas(host, project),
    faults: () => findFaults(host, project),
    gatewayErrors: () => readGatewayErrors(host.instance),
    [Symbol.asyncDispose]: async () => {
      for (const work of works.reverse()) await work()
    },
  }
}

async function readGatewayErrors(instance: string): Promise<string[]> {
  const labels = [`org.muelle.instance=${instance}`, 'org.muelle.role=nginx']
  const filters = labels.flatMap((label) => ['--filter', `label=${label}`])
  const all = lines(await docker('ps', '--all', '--quiet', ...filters))
  const logs = all.map(async (id) => (await execa('docker', ['logs', id], { all: true })).all)
  return (await Promise.all(logs)).flatMap(lines).filter((line) => line.includes('[error]'))
}
