import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { docker, type Host, lines } from '../support/host.ts'
import type { Project } from '../support/project.ts'

export interface ReleaseSeen {
  number: number
  state: string
}

/** Looks at Docker from outside; of Muelle it asks only which releases are live and warm, and how many replicas. */
export async function findFaults(host: Host, project: Project): Promise<string[]> {
  const releases = await listReleases(host, project)
  const inState = (...states: string[]) =>
    releases.filter(({ state }) => states.includes(state)).map(({ number }) => number)
  const replicas = await wantedReplicas(host, project)
  const expected = { live: inState('live'), standing: inState('live', 'warm'), replicas }
  const containers = await listContainers(host)
  return [
    ...(expected.live.length === 1 ? [] : [`live releases: ${expected.live.join(', ')}`]),
    ...findOrphans(containers, expected.standing),
    ...findIncomplete(containers, expected),
    ...(await findUnreached({ host, project }, containers, expected.live)),
    ...(await findOrphanNetworks(project, expected.standing)),
  ]
}

export async function listReleases(host: Host, project: Project): Promise<ReleaseSeen[]> {
  return JSON.parse((await host.muelle('releases', project.name, '--json')).stdout)
}

/** Of the web service, as Muelle has it on record. */
export async function wantedReplicas(host: Host, project: Project): Promise<number> {
  const { stdout } = await host.muelle('status', project.name, '--json')
  const [app] = JSON.parse(stdout) as { services: { name: string; wanted: number }[] }[]
  return app?.services.find(({ name }) => name === 'web')?.wanted ?? 0
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
  // Of a restore point, a drill or a rehearsal nothing may be left.
  const isTool = ({ name }: Seen) => name.includes('_muelle-') || name.includes('-rehearsal-')
  const orphans = containers.filter(
    (each) => (each.release > 0 && !standing.includes(each.release)) || isTool(each),
  )
  const nginx = containers.filter(({ name, isRunning }) => name.includes('-nginx-') && isRunning)
  return [
    ...orphans.map(({ name }) => `orphan ${name}`),
    ...(nginx.length === 1 ? [] : [`${nginx.length} nginx run in the gateway`]),
  ]
}

function findIncomplete(
  containers: readonly Seen[],
  { live, standing, replicas }: { live: readonly number[]; standing: readonly number[]; replicas: number },
): string[] {
  const running = (service: string) =>
    containers.filter((each) => each.service === service && each.isRunning).map(({ release }) => release)
  const handedOver = ['worker', 'beat'].flatMap((service) =>
    running(service).join() === live.join() ? [] : [`${service} runs in release ${running(service).join()}`],
  )
  const tooFew = standing.flatMap((release) => {
    const count = running('web').filter((each) => each === release).length
    return count === replicas ? [] : [`release ${release} has ${count} of ${replicas} replicas`]
  })
  const commands = running('release-command').length === 0 ? [] : ['a release command still runs']
  return [...handedOver, ...tooFew, ...commands]
}

/** The gateway has to send visitors to every replica of the live release, and to nothing else. */
async function findUnreached(
  { host, project }: { host: Host; project: Project },
  containers: readonly Seen[],
  live: readonly number[],
): Promise<string[]> {
  const file = join(host.env['MUELLE_HOME'] ?? '', 'gateway/gateway/apps', `${project.name}.json`)
  const presence = JSON.parse(await readFile(file, 'utf8')) as {
    arms: { release: number; servers: string[] }[]
    share?: object
  }
  const reached = presence.arms
    .filter(({ release }) => live.includes(release))
    .flatMap(({ servers }) => servers)
  const running = containers.filter(({ service, release }) => service === 'web' && live.includes(release))
  const [should, does] = [running.map(({ name }) => name), reached].map((names) => names.toSorted().join())
  return [
    ...(should === does ? [] : [`the gateway reaches ${does} of ${should}`]),
    ...(presence.share === undefined ? [] : ['a part of the visitors is drawn']),
  ]
}

async function findOrphanNetworks({ name }: Project, standing: readonly number[]): Promise<string[]> {
  const networks = lines(await docker('network', 'ls', '--format', '{{.Name}}'))
  const isOrphan = (network: string): boolean =>
    network.startsWith(`${name}_muelle-`) ||
    (network.startsWith(`${name}-r`) && !standing.includes(Number(/-r(\d+)_/.exec(network)?.[1])))
  return networks.filter(isOrphan).map((network) => `orphan network ${network}`)
}
