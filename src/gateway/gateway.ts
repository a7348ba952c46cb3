import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Entrance } from '../app/app.ts'
import type { Container, Engine } from '../engine/port.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import { edgeNetwork } from '../release/names.ts'
import { ensureSelfSigned } from './certificate.ts'
import { paths, probeHeader, releaseHeader, type Site } from './config.ts'
import { installConfiguration, reloaded } from './configuration.ts'
import { countEstablished } from './connections.ts'
import { linkArms, linkLive, makeLinkFolders, readLive, sweepLinks } from './links.ts'
import {
  type FileMount,
  holderArguments,
  holderName,
  nginxArguments,
  nginxFingerprint,
  type Pod,
  podNetwork,
} from './pod.ts'
import { explainHolderFailure } from './port-taken.ts'
import { type Presence, readPresences, removePresence, writePresence } from './presence.ts'
import { type ProbeAnswer, probe } from './probe.ts'
import { readVisit, type Visit } from './visits.ts'

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
  /** Makes sure that the pod runs, reaches the app's edge network and has the app's files mounted. */
  ensure(pod: Pod, app: string, mounts: readonly FileMount[]): Promise<void>
  /**
   * Installs an app's configuration and reloads. The live release stays what it was.
   * @throws MuelleError GATEWAY_CONFIG_INVALID or DOMAIN_TAKEN; the last good configuration stays
   */
  stage(pod: Pod, presence: Presence): Promise<void>
  /** The app's certificate for its host names; made when there is none. */
  certificate(pod: Pod, app: string, domains: readonly string[]): Promise<NonNullable<Site['tls']>>
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
}

export function createGateway(options: GatewayOptions): Gateway {
  const { engine } = options

  const runningNginx = async (pod: Pod): Promise<Container> => {
    const [nginx] = (await engine.containers({ pod: pod.name, role: 'nginx' })).filter(isRunning)
    if (nginx !== undefined) return nginx
    throw new MuelleError('GATEWAY_FAILED', `The gateway ${holderName(pod)} is not running.`, {
      hint: 'Deploy an app again to bring it back:  muelle up',
    })
  }

  /** Ends once only the new configuration takes new connections: nginx itself says nothing when it keeps the old. */
  const reload = async (pod: Pod, nginx: Container): Promise<void> => {
    const workers = async (): Promise<number[]> =>
      (await engine.processes(nginx.id)).filter(isWorker).map(({ pid }) => pid)
    const before = await workers()
    await engine.signal(nginx.id, 'HUP')
    for (let attempt = 0; attempt < 100; attempt++) {
      const now = await workers()
      // nginx starts the new workers first, and tells the old ones to end 0.1 s later.
      if (now.length > 0 && !now.some((pid) => before.includes(pid))) return reloaded(pod.folder)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new MuelleError('GATEWAY_FAILED', 'nginx did not take its new configuration.', {
      hint: 'Traffic stays as it was. Its last lines say why.',
      log: await engine.logs(nginx.id, 10),
    })
  }

  const replaceNginx = async (pod: Pod, mounts: readonly FileMount[]): Promise<void> => {
    const fingerprint = nginxFingerprint(pod, mounts)
    const found = await engine.containers({ pod: pod.name, role: 'nginx' })
    const wanted = found.find((nginx) => nginx.service === fingerprint)
    const isServing = wanted?.running === true && (await serves(engine, pod, wanted))
    if (!isServing) {
      if (wanted !== undefined) await makeRoom(wanted)
      await makeLinkFolders(pod, fingerprint)
      await engine.run(nginxArguments(pod, mounts))
      await waitUntilServing(engine, pod, fingerprint)
      // An nginx that ends takes its sockets with it at once, but serves its open connections a little longer.
      await linkArms(pod, await readPresences(pod), fingerprint)
    }
    const others = found.filter((nginx) => nginx.running && (nginx !== wanted || !isServing))
    await Promise.all(others.map((old) => engine.letEnd(old.id).catch(() => undefined)))
  }

  /** One that is ending finishes its requests under another name. */
  const makeRoom = async (nginx: Container): Promise<void> => {
    if (nginx.running) await engine.rename(nginx.id, `${nginx.name}-${nginx.id.slice(0, 12)}`)
    else await engine.removeContainer(nginx.id)
  }

  const tidy = async (pod: Pod): Promise<void> => {
    const found = await engine.containers({ pod: pod.name, role: 'nginx' })
    const ended = found.filter((nginx) => !nginx.running)
    await Promise.all(ended.map((nginx) => engine.removeContainer(nginx.id)))
    const left = found.filter((nginx) => nginx.running).map((nginx) => nginx.service)
    await sweepLinks(pod, await readPresences(pod), left)
  }

  /** A replaced nginx keeps hold of its mounts until its last connection ends, 75 s at the most. */
  const untilReplaced = async (pod: Pod): Promise<void> => {
    for (let attempt = 0; attempt < 400; attempt++) {
      const found = await engine.containers({ pod: pod.name, role: 'nginx' })
      if (found.filter(isRunning).length <= 1) break
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    await tidy(pod)
  }

  return {
    podFor: (entrance) => describePod(options, entrance),

    ensure: async (pod, app, mounts) => {
      await prepareFolder(pod)
      await engine.ensureNetwork({ name: podNetwork(pod), key: 'gateway', app: '' })
      const [holder] = await engine.containers({ pod: pod.name, role: 'holder' })
      if (holder?.running !== true) {
        if (holder !== undefined) await engine.removeContainer(holder.id)
        await engine.run(holderArguments(pod)).catch(explainHolderFailure(engine, pod))
      }
      await engine.connect(edgeNetwork(app), holderName(pod))
      const others = (await readPresences(pod)).filter((presence) => presence.site.app !== app)
      await replaceNginx(pod, [...others.flatMap((presence) => presence.mounts), ...mounts])
    },

    stage: async (pod, presence) => {
      const others = (await readPresences(pod)).filter((other) => other.site.app !== presence.site.app)
      refuseTakenDomains(presence.site, others)
      const nginx = await runningNginx(pod)
      await linkArms(pod, [presence], nginx.service)
      const changed = await installConfiguration(pod.folder, [...others, presence], async (file) => {
        const { exitCode, output } = await engine.exec(nginx.id, ['nginx', '-t', '-q', '-c', file])
        if (exitCode === 0 || output.includes('nginx:')) return exitCode === 0 ? undefined : output
        throw new MuelleError('GATEWAY_FAILED', 'nginx could not be asked about its new configuration.', {
          hint: 'Traffic stays as it was. Run the same command again.',
          log: output.trim().split('\n').slice(-5),
        })
      })
      await writePresence(pod, presence)
      if (changed) await reload(pod, nginx)
    },

    certificate: (pod, app, domains) => ensureSelfSigned(join(pod.folder, 'tls'), app, domains),

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
      return { ...answer, release: served === undefined ? undefined : Number(served) }
    },

    visits: async (pod, app, since) => {
      const nginx = await runningNginx(pod)
      const { lines, until } = await engine.logsSince(nginx.id, since)
      return { visits: lines.flatMap((line) => readVisit(line, app)), until }
    },

    isDraining: async (pod) => {
      const nginx = (await engine.containers({ pod: pod.name, role: 'nginx' })).filter(isRunning)
      const processes = await Promise.all(nginx.map(({ id }) => engine.processes(id)))
      return nginx.length > 1 || processes.flat().some(({ title }) => title.includes('shutting down'))
    },

    openConnections: async (pod, addresses) => {
      const { output } = await engine.exec(holderName(pod), ['cat', '/proc/net/tcp'])
      return countEstablished(output, addresses)
    },

    tidy,

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
      await reload(pod, await runningNginx(pod))
      await engine.disconnect(edgeNetwork(app), holderName(pod))
      await replaceNginx(
        pod,
        rest.flatMap((presence) => presence.mounts),
      )
      await untilReplaced(pod)
    },

    errorLog: async (pod) => {
      const nginx = await runningNginx(pod)
      const lines = await engine.logs(nginx.id, 200)
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

/**
 * Whether an nginx that runs takes connections: it is not ending, and the holder was not restarted since, which gives
 * the holder a new network and leaves nginx in the one that is gone.
 */
async function serves(engine: Engine, pod: Pod, nginx: Container): Promise<boolean> {
  const processes = await engine.processes(nginx.id)
  const [held, served] = await Promise.all([holderName(pod), nginx.id].map((id) => engine.startedAt(id)))
  return processes.some(isWorker) && (held ?? 0) <= (served ?? 0)
}

function isWorker({ title }: { title: string }): boolean {
  return title.includes('worker process') && !title.includes('shutting down')
}

async function waitUntilServing(engine: Engine, pod: Pod, fingerprint: string): Promise<void> {
  const name = `${holderName(pod)}-nginx-${fingerprint}`
  const question = ['curl', '-sf', '--unix-socket', `${paths.ownSockets}/gateway.sock`, 'http://gateway/']
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await engine.exec(name, question).catch(() => undefined)
    if (answer?.exitCode === 0) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const log = await engine.logs(name, 10)
  await engine.removeContainer(name)
  throw new MuelleError('GATEWAY_FAILED', 'nginx did not start in the gateway.', {
    hint: 'The reason is in its last lines above.',
    log,
  })
}

function refuseTakenDomains(site: Site, others: readonly Presence[]): void {
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

function isRunning(container: Container): boolean {
  return container.running
}
