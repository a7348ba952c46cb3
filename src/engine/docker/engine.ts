import { statfs } from 'node:fs/promises'
import Dockerode from 'dockerode'
import { MuelleError, recode } from '../../errors/muelle-error.ts'
import { labels } from '../../release/names.ts'
import type { Container, ContainerFilter, Engine, LastingThing } from '../port.ts'
import * as argv from './arguments.ts'
import { buildFailure } from './build-failure.ts'
import { docker, dockerUnavailable } from './process.ts'

/** The Docker Engine: observed through its API, changed through `docker compose`. */
export function createDockerEngine(instance: string): Engine {
  const api = new Dockerode()
  return {
    version: async () => {
      const { Version } = await api.version().catch((cause: unknown) => {
        throw dockerUnavailable([], cause)
      })
      return Version
    },

    freeBytes: async () => {
      const { DockerRootDir } = await api.info().catch(explainConnection)
      const disk = await statfs(DockerRootDir).catch(() => undefined)
      return disk === undefined ? undefined : disk.bavail * disk.bsize
    },

    containers: async (filter) => {
      const found = await api
        .listContainers({ all: true, filters: { label: labelFilter(instance, filter) } })
        .catch(explainConnection)
      return found.map(readContainer)
    },
    startedAt: async (id) => {
      const { State } = await api.getContainer(id).inspect()
      return Date.parse(State.StartedAt)
    },
    logs: async (id, lines) => {
      const raw = await api.getContainer(id).logs({ stdout: true, stderr: true, tail: lines })
      return demultiplex(raw).split('\n').filter(Boolean)
    },
    exec: (id, command) => execute(api, id, command),
    healthCommand: async (id) => {
      const { Config } = await api.getContainer(id).inspect()
      return healthArgv(Config.Healthcheck?.Test ?? [])
    },

    imageId: async (reference) => {
      const found = await api.getImage(reference).inspect().catch(ignoreMissing)
      return found?.Id
    },
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
    removeImage: async (reference) => {
      await api.getImage(reference).remove().catch(ignoreMissing)
    },

    ensureNetwork: (network) => ensureNetwork(api, network),
    ensureVolume: async ({ name, key, app, driver, driverOpts }) => {
      await api.createVolume({
        Name: name,
        ...(driver === undefined ? {} : { Driver: driver }),
        ...(driverOpts === undefined ? {} : { DriverOpts: { ...driverOpts } }),
        Labels: {
          [labels.app]: app,
          'com.docker.compose.project': app,
          'com.docker.compose.volume': key,
        },
      })
    },
    removeNetwork: async (name) => {
      await api.getNetwork(name).remove().catch(ignoreMissing)
    },
    removeVolume: async (name) => {
      await api.getVolume(name).remove().catch(ignoreMissing)
    },

    build: async (project, options) => {
      await docker(argv.build(project), options).catch(recode('DOCKER_COMMAND_FAILED', buildFailure))
    },
    up: async (project, services, options) => {
      await docker(argv.up(project, services), options)
    },
    stop: async (project, services, options) => {
      await docker(argv.stop(project, services), options)
    },
    down: async (project, options) => {
      await docker(argv.down(project), options)
    },
    runOnce: async (project, service, options) => {
      await docker(argv.runOnce(project, service), options)
    },

    run: async (args) => {
      await docker(['run', ...args])
    },
    signal: async (id, signal) => {
      await api.getContainer(id).kill({ signal: `SIG${signal}` })
    },
    letEnd: async (id) => {
      await api.getContainer(id).update({ RestartPolicy: { Name: 'no' } })
      await api.getContainer(id).kill({ signal: 'SIGQUIT' })
    },
    removeContainer: async (id) => {
      await api.getContainer(id).remove({ force: true }).catch(ignoreMissing)
    },
    connect: async (network, id) => {
      const { NetworkSettings } = await api.getContainer(id).inspect()
      if (network in NetworkSettings.Networks) return
      await api.getNetwork(network).connect({ Container: id })
    },
    disconnect: async (network, id) => {
      await api.getNetwork(network).disconnect({ Container: id, Force: true }).catch(ignoreMissing)
    },
  }
}

function labelFilter(instance: string, filter: ContainerFilter): string[] {
  const pairs: [string, string | number | undefined][] = [
    [labels.instance, instance],
    [labels.pod, filter.pod],
    [labels.app, filter.app],
    [labels.release, filter.release],
    [labels.role, filter.role],
    [labels.service, filter.service],
  ]
  return pairs.flatMap(([label, value]) => (value === undefined ? [] : [`${label}=${value}`]))
}

function readContainer(found: Dockerode.ContainerInfo): Container {
  const release = found.Labels[labels.release]
  return {
    id: found.Id,
    name: found.Names[0]?.slice(1) ?? found.Id,
    app: found.Labels[labels.app] ?? '',
    release: release === undefined ? undefined : Number(release),
    service: found.Labels[labels.service] ?? '',
    role: found.Labels[labels.role] ?? '',
    image: found.ImageID,
    running: found.State === 'running',
    status: found.Status,
    addresses: Object.fromEntries(
      Object.entries(found.NetworkSettings?.Networks ?? {}).map(([name, network]) => [
        name,
        network.IPAddress,
      ]),
    ),
  }
}

async function execute(api: Dockerode, id: string, command: readonly string[]) {
  const exec = await api.getContainer(id).exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true })
  const stream = await exec.start({ hijack: true, stdin: false })
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  const { ExitCode } = await exec.inspect()
  return { exitCode: ExitCode ?? 0, output: demultiplex(Buffer.concat(chunks)) }
}

async function ensureNetwork(api: Dockerode, network: LastingThing): Promise<void> {
  const found = await api.getNetwork(network.name).inspect().catch(ignoreMissing)
  if (found !== undefined) return
  await api.createNetwork({
    Name: network.name,
    CheckDuplicate: true,
    Internal: network.internal ?? false,
    ...(network.driver === undefined ? {} : { Driver: network.driver }),
    ...(network.driverOpts === undefined ? {} : { Options: { ...network.driverOpts } }),
    Labels: {
      [labels.app]: network.app,
      'com.docker.compose.project': network.app,
      'com.docker.compose.network': network.key,
    },
  })
}

/** Docker's `["CMD", ...]`, `["CMD-SHELL", line]` and `["NONE"]` forms of a health check. */
function healthArgv([form, ...rest]: readonly string[]): readonly string[] | undefined {
  if (form === 'CMD') return rest
  if (form === 'CMD-SHELL') return ['/bin/sh', '-c', ...rest]
  return undefined
}

/**
 * Output of a container without a terminal comes in frames: one byte for the stream, three unused,
 * four for the length (Docker Engine API, "Attach to a container").
 */
function demultiplex(raw: Buffer): string {
  const parts: Buffer[] = []
  for (let at = 0; at + 8 <= raw.length; ) {
    const end = at + 8 + raw.readUInt32BE(at + 4)
    parts.push(raw.subarray(at + 8, end))
    at = end
  }
  return Buffer.concat(parts).toString()
}

function ignoreMissing(error: unknown): undefined {
  if (statusCode(error) === 404) return undefined
  throw error
}

function explainConnection(error: unknown): never {
  if (statusCode(error) === undefined) throw dockerUnavailable([], error)
  throw error
}

function statusCode(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode
}
