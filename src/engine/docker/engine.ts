import { statfs } from 'node:fs/promises'
import { MuelleError, recode } from '../../errors/muelle-error.ts'
import { endProgramsOf } from '../../processes.ts'
import { labels } from '../../release/names.ts'
import type { Vault } from '../../secrets/vault.ts'
import type { EffectOptions, Engine, LastingThing, Project } from '../port.ts'
import { connectEngine, demultiplex, type EngineApi } from './api.ts'
import * as argv from './arguments.ts'
import { buildFailure } from './build-failure.ts'
import {
  execute,
  inspect,
  labelFilter,
  listContainers,
  readContainer,
  refreshList,
  stopAndRemove,
} from './containers.ts'
import { createEvidence } from './evidence.ts'
import { healthArgv, imagePath, readImage } from './images.ts'
import { streamLogs } from './log-stream.ts'
import { readAvailableMemory, readContainerMemory } from './memory.ts'
import { docker, runTool } from './process.ts'
import { explainStart, ignoreMissing, ignoreStopped, statusCode } from './refusals.ts'
import { composeWithSecrets, deliverSecrets } from './secrets.ts'
import { readUsage } from './usage.ts'

/** With these, plain Compose recognises what Muelle made as its own, and Muelle what Compose made. */
const composeLabels = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
} as const

/** The Docker Engine: observed through its API, changed through `docker compose`. */
export function createDockerEngine(instance: string, vault: Vault): Engine {
  const api = connectEngine(process.env['DOCKER_HOST'])
  const compose = (project: Project, command: readonly string[], options: EffectOptions) =>
    composeWithSecrets(vault, project, { command, ...options })
  const exec: Engine['exec'] = (id, command) => execute(api, id, command)
  return {
    version: async () => {
      const { Version } = await api.get<{ Version: string }>('/version')
      return Version
    },

    freeBytes: async () => {
      const { DockerRootDir } = await api.get<{ DockerRootDir: string }>('/info')
      const disk = await statfs(DockerRootDir).catch(() => undefined)
      return disk === undefined ? undefined : disk.bavail * disk.bsize
    },
    availableMemory: async () => {
      const { MemTotal } = await api.get<{ MemTotal: number }>('/info')
      return readAvailableMemory(MemTotal)
    },
    memoryOf: readContainerMemory,
    usage: readUsage,

    containers: async (filter) => {
      const found = await listContainers(api, labelFilter(instance, filter))
      return found.map(readContainer)
    },
    refreshList: (app) => refreshList(api, labelFilter(instance, { app })),
    restarts: async (id) => (await inspect(api, id)).RestartCount,
    date: async () => {
      const { SystemTime } = await api.get<{ SystemTime: string }>('/info')
      return Date.parse(SystemTime)
    },
    startedAt: async (id) => {
      const { State } = await inspect(api, id)
      return Date.parse(State.StartedAt)
    },
    logs: async (id, lines) => {
      const query = { stdout: true, stderr: true, tail: lines }
      const raw = await api.bytes('GET', `/containers/${id}/logs`, { query })
      const redact = await vault.redactor()
      return demultiplex(raw).split('\n').filter(Boolean).map(redact)
    },
    logsSince: async (id, since) => {
      const query = { stdout: true, timestamps: true, since: (since / 1000).toFixed(9) }
      const raw = demultiplex(await api.bytes('GET', `/containers/${id}/logs`, { query }))
      return readTimestamped(raw.split('\n').filter(Boolean), since)
    },
    streamLogs: async (id, options) => {
      // One that a deployment has just removed has nothing more to say.
      const found = await inspect(api, id).catch(ignoreMissing)
      if (found === undefined) return
      const how = { ...options, isTerminal: found.Config.Tty, redact: await vault.redactor() }
      await streamLogs(api, id, how).catch(ignoreMissing)
    },
    processes: async (id) => {
      const query = { ps_args: '-eo pid,args' }
      const { Processes } = await api.get<{ Processes: string[][] }>(`/containers/${id}/top`, query)
      return Processes.map(([pid, ...title]) => ({ pid: Number(pid), title: title.join(' ') }))
    },
    exec,
    evidence: createEvidence(api, { exec, redactor: () => vault.redactor() }),
    healthCommand: async (id) => {
      const { Config } = await inspect(api, id)
      return healthArgv(Config.Healthcheck?.Test ?? [])
    },

    endCommandsOf: endProgramsOf,

    imageId: async (reference) => {
      const found = await api.get<{ Id: string }>(imagePath(reference, '/json')).catch(ignoreMissing)
      return found?.Id
    },
    imageConfig: (reference) => readImage(api, reference),
    pull: async (reference, options) => {
      await docker(['pull', '--quiet', '--', reference], options).catch(
        recode('DOCKER_COMMAND_FAILED', (cause) => {
          return new MuelleError(
            'IMAGE_UNAVAILABLE',
            `The image ${reference} is not here and could not be pulled.`,
            { hint: `Check its name and your network:  docker pull ${reference}`, log: cause.log, cause },
          )
        }),
      )
    },
    tagImage: async (id, tag) => {
      const [repo = '', name = 'latest'] = tag.split(':')
      await api.post(`/images/${id}/tag`, { query: { repo, tag: name } })
    },
    removeImage: async (reference) => {
      await api.delete(imagePath(reference)).catch(ignoreMissing)
    },

    ensureNetwork: (network) => ensureNetwork(api, network),
    ensureVolume: async ({ name, key, app, driver, driverOpts }) => {
      const own = { [labels.app]: app, [composeLabels.project]: app, 'com.docker.compose.volume': key }
      await api.post('/volumes/create', {
        body: { Name: name, Driver: driver, DriverOpts: driverOpts, Labels: own },
      })
    },
    removeNetwork: async (name) => {
      const refusal = await api
        .delete(`/networks/${name}`)
        .catch(ignoreMissing)
        .catch((error: unknown) => error)
      if (refusal === undefined) return true
      if (statusCode(refusal) === 403) return false
      throw refusal
    },
    removeVolume: async (name) => {
      await api.delete(`/volumes/${name}`).catch(ignoreMissing)
    },
    volumesOf: async (app) => {
      const filters = { label: [`${labels.app}=${app}`] }
      const { Volumes } = await api.get<{ Volumes: { Name: string }[] | null }>('/volumes', { filters })
      return (Volumes ?? []).map(({ Name }) => Name).sort()
    },

    build: async (project, options) => {
      await compose(project, argv.build(project), options).catch(
        recode('DOCKER_COMMAND_FAILED', buildFailure),
      )
    },
    trimBuildCache: async (keepBytes) => {
      // Up to API 1.47 it has the first name, from 1.48 on the second; without a number all of the cache would go.
      await api.post('/build/prune', { query: { 'keep-storage': keepBytes, 'max-used-space': keepBytes } })
    },
    create: async (project, services, options) => {
      await compose(project, argv.create(project, services, options.scale ?? {}), options)
      await deliverSecrets(api, project, { services, vault })
    },
    start: async (id) => {
      const redact = await vault.redactor()
      await api.post(`/containers/${id}/start`).catch(explainStart(redact))
    },
    stopContainer: async (id) => {
      await api.post(`/containers/${id}/stop`).catch(ignoreStopped)
    },
    up: async (project, services, options) => {
      await compose(project, argv.up(project, services), options)
    },
    stop: async ({ name }, services, { signal } = {}) => {
      const found = await listContainers(api, [
        `${composeLabels.project}=${name}`,
        `${labels.instance}=${instance}`,
      ])
      const wanted = found.filter(({ Labels }) => services.includes(Labels[composeLabels.service] ?? ''))
      await Promise.all(wanted.map(({ Id }) => api.post(`/containers/${Id}/stop`).catch(ignoreStopped)))
      signal?.throwIfAborted()
    },
    down: async ({ name }, { signal } = {}) => {
      const label = [`${composeLabels.project}=${name}`]
      const found = await listContainers(api, [...label, `${labels.instance}=${instance}`])
      await Promise.all(found.map(({ Id }) => stopAndRemove(api, Id)))
      signal?.throwIfAborted()
      const networks = await api.get<{ Id: string }[]>('/networks', { filters: { label } })
      await Promise.all(networks.map(({ Id }) => api.delete(`/networks/${Id}`).catch(ignoreMissing)))
    },
    runOnce: async (project, service, { argv: instead, ...options }) => {
      await compose(project, argv.runOnce(project, service, instead), options)
    },

    tool: async (args, options) => runTool(args, { ...options, redact: await vault.redactor() }),
    run: async (args) => {
      await docker(['run', ...args])
    },
    signal: async (id, signal) => {
      await api.post(`/containers/${id}/kill`, { query: { signal: `SIG${signal}` } })
    },
    letEnd: async (id) => {
      await api.post(`/containers/${id}/update`, { body: { RestartPolicy: { Name: 'no' } } })
      await api.post(`/containers/${id}/kill`, { query: { signal: 'SIGQUIT' } })
    },
    removeContainer: async (id) => {
      await api.delete(`/containers/${id}`, { force: true }).catch(ignoreMissing)
    },
    rename: async (id, name) => {
      await api.post(`/containers/${id}/rename`, { query: { name } })
    },
    connect: async (network, id) => {
      const { NetworkSettings } = await inspect(api, id)
      if (network in NetworkSettings.Networks) return
      await api.post(`/networks/${network}/connect`, { body: { Container: id } })
    },
    disconnect: async (network, id) => {
      const body = { Container: id, Force: true }
      await api.post(`/networks/${network}/disconnect`, { body }).catch(ignoreMissing)
    },
  }
}

async function ensureNetwork(api: EngineApi, network: LastingThing): Promise<void> {
  const { name, key, app, driver, driverOpts, internal = false } = network
  const found = await api.get(`/networks/${name}`).catch(ignoreMissing)
  if (found !== undefined) return
  const own = { [labels.app]: app, [composeLabels.project]: app, 'com.docker.compose.network': key }
  const body = { Name: name, CheckDuplicate: true, Internal: internal }
  await api
    .post('/networks/create', { body: { ...body, Driver: driver, Options: driverOpts, Labels: own } })
    .catch((cause: unknown) => {
      if (statusCode(cause) === undefined) throw cause
      throw new MuelleError('DOCKER_COMMAND_FAILED', `Docker could not make the network ${name}.`, {
        hint: 'See which there are:  docker network ls',
        log: [(cause as Error).message],
        cause,
      })
    })
}

/** Docker puts the time before each line, in nanoseconds, and counts a line of exactly `since` in. */
function readTimestamped(stamped: readonly string[], since: number): { lines: string[]; until: number } {
  const lines: string[] = []
  let until = since
  for (const line of stamped) {
    const space = line.indexOf(' ')
    const at = Date.parse(line.slice(0, space)) + Number(line.slice(23, 29)) / 1e6
    if (at <= since) continue
    lines.push(line.slice(space + 1))
    until = Math.max(until, at)
  }
  return { lines, until }
}
