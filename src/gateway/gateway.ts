import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Entrance } from '../app/app.ts'
import type { Engine } from '../engine/port.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { edgeNetwork } from '../release/names.ts'
import type { Site } from './config/model.ts'
import { paths, probeHeader, releaseHeader, serverHeader } from './config/names.ts'
import { installConfiguration } from './configuration.ts'
import { countEstablished } from './connections.ts'
import { linkArms, linkLive, linkProgram, readLive } from './links.ts'
import { createNginx, isRunning } from './nginx.ts'
import { type FileMount, holderArguments, holderName, type Pod, podNetwork } from './pod.ts'
import { explainHolderFailure } from './port-taken.ts'
import { type Presence, readPresences, removePresence, writePresence } from './presence.ts'
import { type ProbeAnswer, probe } from './probe.ts'
import { type LoggedRequest, readRequest, readVisit, type Visit } from './visits.ts'

export interface GatewayOptions {
  engine: Engine
  /** Folder on the host for the configuration of all pods. */
  folder: string
  instance: string
  image: string
  ports: { http: number; https: number }
}

export interface Gateway {
  podFor(entrance: Entrance): Pod
  /** @throws MuelleError DOMAIN_TAKEN when another app answers to one of an app's host names, or on its port */
  refuseTaken(pod: Pod, site: Pick<Site, 'app' | 'domains'>): Promise<void>
  /** Makes sure that the pod runs, reaches the app's edge network and has the app's files mounted. */
  ensure(pod: Pod, app: string, mounts: readonly FileMount[]): Promise<void>
  /**
   * Brings the pod back as it was, when something outside has stopped a part of it. After a restart Docker may leave
   * nginx stopped, because it lives in the network of a container that was not running yet (moby issue 11777).
   */
  heal(pod: Pod, app: string): Promise<void>
  /**
   * Installs an app's configuration and reloads. The live release stays what it was.
   * @throws MuelleError GATEWAY_CONFIG_INVALID or DOMAIN_TAKEN; the last good configuration stays
   */
  stage(pod: Pod, presence: Presence): Promise<void>
  /**
   * Leads a site to a program of this machine, which listens on a Unix socket in the pod's folder.
   * @throws MuelleError GATEWAY_CONFIG_INVALID or DOMAIN_TAKEN
   */
  admit(pod: Pod, site: Site, socket: string): Promise<void>
  /** Whether a site is there. */
  has(pod: Pod, app: string): Promise<boolean>
  /** Moves all traffic of an app to another staged release, at once. */
  flip(pod: Pod, app: string, release: number): Promise<void>
  /** The release that gets the traffic, or undefined before the first. */
  live(pod: Pod, app: string): Promise<number | undefined>
  /** The releases of an app that the gateway can reach. */
  arms(pod: Pod, app: string): Promise<number[]>
  /** Asks through the gateway, as a visitor would; with a release, that one instead of the live one. */
  ask(pod: Pod, presence: Pick<Presence, 'site'>, request: AskOptions): Promise<GatewayAnswer>
  /** The requests of an app's visitors since a moment, by release. */
  visits(pod: Pod, app: string, since: number): Promise<{ visits: Visit[]; until: number }>
  /** The requests to all apps of a pod since a moment. */
  requests(pod: Pod, since: number): Promise<{ requests: LoggedRequest[]; until: number }>
  /**
   * Whether a worker of an earlier configuration still serves connections that were open when it was replaced: what
   * it sends to a release follows that configuration.
   */
  isDraining(pod: Pod): Promise<boolean>
  /** Connections of the pod that are open to one of the addresses (`ip:port`). */
  openConnections(pod: Pod, addresses: readonly string[]): Promise<number>
  /** Removes replaced nginx containers that have ended. */
  tidy(pod: Pod): Promise<void>
  /** Removes an app, and the pod with its last one. */
  remove(pod: Pod, app: string): Promise<void>
  /** The last lines of nginx's error output. */
  errorLog(pod: Pod): Promise<string[]>
}

export interface AskOptions {
  path: string
  release?: number
}

export interface GatewayAnswer extends ProbeAnswer {
  release: number | undefined
  /** The replica that answered: `ip:port`. */
  server: string | undefined
}

export function createGateway(options: GatewayOptions): Gateway {
  const { engine } = options

  const nginx = createNginx(engine)

  const ensureHolder = async (pod: Pod): Promise<void> => {
    await prepareFolder(pod)
    await engine.ensureNetwork({ name: podNetwork(pod), key: 'gateway', app: '' })
    const [holder] = await engine.containers({ pod: pod.name, role: 'holder' })
    if (holder?.running !== true) {
      if (holder !== undefined) await engine.removeContainer(holder.id)
      await engine.run(holderArguments(pod)).catch(explainHolderFailure(engine, pod))
    }
  }

  const ensure: Gateway['ensure'] = async (pod, app, mounts) => {
    await ensureHolder(pod)
    await engine.connect(edgeNetwork(app), holderName(pod))
    const others = await othersThan(app, pod)
    await nginx.replace(pod, [...others.flatMap((presence) => presence.mounts), ...mounts])
  }

  const stage: Gateway['stage'] = async (pod, presence) => {
    const others = await othersThan(presence.site.app, pod)
    refuseTakenDomains(presence.site, others)
    const serving = await nginx.running(pod)
    await linkArms(pod, [presence], serving.service)
    const changed = await installConfiguration(pod.folder, [...others, presence], async (file) => {
      const { exitCode, output } = await engine.exec(serving.id, ['nginx', '-t', '-q', '-c', file])
      if (exitCode === 0 || output.includes('nginx:')) return exitCode === 0 ? undefined : output
      throw new MuelleError('GATEWAY_FAILED', 'nginx could not be asked about its new configuration.', {
        hint: 'Traffic stays as it was. Run the same command again.',
        log: output.trim().split('\n').slice(-5),
      })
    })
    await writePresence(pod, presence)
    if (changed) await nginx.reload(pod, serving)
  }

  return {
    podFor: (entrance) => describePod(options, entrance),

    refuseTaken: async (pod, site) => refuseTakenDomains(site, await othersThan(site.app, pod)),

    ensure,

    heal: async (pod, app) => {
      const presence = (await readPresences(pod)).find(({ site }) => site.app === app)
      if (presence !== undefined) await ensure(pod, app, presence.mounts)
    },

    stage,

    admit: async (pod, site, socket) => {
      await ensureHolder(pod)
      const others = await othersThan(site.app, pod)
      await nginx.replace(
        pod,
        others.flatMap((presence) => presence.mounts),
      )
      await stage(pod, { site, arms: [], mounts: [] })
      await linkProgram(pod, site.app, join(paths.config, socket))
    },

    has: async (pod, app) => (await readPresences(pod)).some(({ site }) => site.app === app),

    flip: linkLive,
    live: readLive,

    arms: async (pod, app) => {
      const presence = (await readPresences(pod)).find(({ site }) => site.app === app)
      return presence?.arms.map(({ release }) => release) ?? []
    },

    ask: async (pod, { site }, { path, release }) => {
      const [holder] = await engine.containers({ pod: pod.name, role: 'holder' })
      const token = release === undefined ? site.probeToken : `${site.probeToken}-r${release}`
      const answer = await probe({
        address: holder?.addresses[podNetwork(pod)] ?? '',
        port: site.tls === undefined ? 80 : 443,
        tls: site.tls !== undefined,
        host: site.domains[0] ?? 'localhost',
        path,
        headers: { [probeHeader]: token },
      })
      const served = answer.headers[releaseHeader.toLowerCase()]
      // nginx names all that it tried; the last one answered.
      const server = answer.headers[serverHeader.toLowerCase()]?.toString().split(', ').at(-1)
      return { ...answer, release: served === undefined ? undefined : Number(served), server }
    },

    visits: async (pod, app, since) => {
      const serving = await nginx.running(pod)
      const { lines, until } = await engine.logsSince(serving.id, since)
      return { visits: lines.flatMap((line) => readVisit(line, app)), until }
    },

    requests: async (pod, since) => {
      const serving = await nginx.running(pod)
      const { lines, until } = await engine.logsSince(serving.id, since)
      return { requests: lines.flatMap(readRequest), until }
    },

    isDraining: async (pod) => {
      const all = (await engine.containers({ pod: pod.name, role: 'nginx' })).filter(isRunning)
      // One that Docker is just starting again has nothing left to drain.
      const processes = await Promise.all(all.map(({ id }) => engine.processes(id).catch(() => [])))
      return all.length > 1 || processes.flat().some(({ title }) => title.includes('shutting down'))
    },

    openConnections: async (pod, addresses) => {
      const [holder] = await engine.containers({ pod: pod.name, role: 'holder' })
      // There is none before the first release is shown, and a first deployment may be taken back before that.
      if (holder?.running !== true) return 0
      const { output } = await engine.exec(holder.id, ['cat', '/proc/net/tcp'])
      return countEstablished(output, addresses)
    },

    tidy: nginx.tidy,

    remove: async (pod, app) => {
      await removePresence(pod, app)
      const rest = await readPresences(pod)
      if (rest.length === 0) {
        const all = await engine.containers({ pod: pod.name })
        await Promise.all(all.map((container) => engine.removeContainer(container.id)))
        await engine.removeNetwork(podNetwork(pod))
        await rm(pod.folder, { recursive: true, force: true })
        return
      }
      await installConfiguration(pod.folder, rest, async () => undefined)
      await nginx.reload(pod, await nginx.running(pod))
      await engine.disconnect(edgeNetwork(app), holderName(pod))
      await nginx.replace(
        pod,
        rest.flatMap((presence) => presence.mounts),
      )
      await nginx.untilReplaced(pod)
    },

    errorLog: async (pod) => {
      const serving = await nginx.running(pod)
      const lines = await engine.logs(serving.id, 200)
      return lines.filter((line) => /\[(emerg|alert|crit|error|warn)\]/.test(line)).slice(-10)
    },
  }
}

function describePod(options: GatewayOptions, entrance: Entrance): Pod {
  const { instance, image, ports } = options
  const named = (name: string, publish: Pod['publish']): Pod => ({
    instance,
    name,
    image,
    publish,
    folder: join(options.folder, name),
  })
  if (entrance.kind === 'port' && !(entrance.port === ports.http && entrance.hostIp === '0.0.0.0')) {
    const { port, hostIp } = entrance
    return named(`port-${port}`, [{ hostIp, hostPort: port, containerPort: 80 }])
  }
  return named('gateway', [
    { hostIp: '0.0.0.0', hostPort: ports.http, containerPort: 80 },
    { hostIp: '0.0.0.0', hostPort: ports.https, containerPort: 443 },
  ])
}

async function prepareFolder(pod: Pod): Promise<void> {
  for (const name of ['apps', 'live', 'tls']) await mkdir(join(pod.folder, name), { recursive: true })
  const presences = await readPresences(pod)
  if (presences.length === 0) await installConfiguration(pod.folder, [], async () => undefined)
}

async function othersThan(app: string, pod: Pod): Promise<Presence[]> {
  return (await readPresences(pod)).filter(({ site }) => site.app !== app)
}

function refuseTakenDomains(site: Pick<Site, 'app' | 'domains'>, others: readonly Presence[]): void {
  const own = new Set(site.domains.length > 0 ? site.domains : ['any host name on this port'])
  for (const other of others) {
    const theirs = other.site.domains.length > 0 ? other.site.domains : ['any host name on this port']
    const taken = theirs.find((domain) => own.has(domain))
    if (taken === undefined) continue
    throw new MuelleError('DOMAIN_TAKEN', `The app ${other.site.app} already answers to ${taken}.`, {
      hint: `Change the domains of this app, or remove the other:  muelle down ${other.site.app}`,
    })
  }
}
