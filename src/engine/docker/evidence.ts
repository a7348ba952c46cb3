import type { Socket } from '../../diagnosis/symptoms.ts'
import type { Redact } from '../../secrets/redact.ts'
import type { Engine, Evidence } from '../port.ts'
import { spawn } from '../spawn.ts'
import type { EngineApi } from './api.ts'

interface Inspected {
  Name: string
  Image: string
  State: { Running: boolean; ExitCode: number; OOMKilled: boolean; Error: string }
  Config: { User: string }
  HostConfig: { Memory: number }
  Mounts: readonly { Type: string; Name?: string; Source: string; Destination: string }[]
}

/** What Docker, and the system below it, tell about something that does not work. */
export function createEvidence(
  api: EngineApi,
  { exec, redactor }: { exec: Engine['exec']; redactor: () => Promise<Redact> },
): Evidence {
  const isLocal = process.env['DOCKER_HOST']?.startsWith('unix://') ?? true
  return {
    isLocal,
    condition: async (id) => {
      const found = await api.get<Inspected>(`/containers/${id}/json`).catch(() => undefined)
      if (found === undefined) return undefined
      const architectures = await readArchitectures(api, found.Image).catch(() => undefined)
      const { State, HostConfig } = found
      return {
        name: found.Name.slice(1),
        running: State.Running,
        exitCode: State.ExitCode,
        outOfMemory: State.OOMKilled,
        user: found.Config.User,
        mounts: found.Mounts.map(({ Type, Name, Source, Destination }) => ({
          kind: Type === 'volume' ? 'volume' : 'folder',
          source: Name ?? Source,
          target: Destination,
        })),
        ...(HostConfig.Memory > 0 ? { memoryLimit: HostConfig.Memory } : {}),
        ...(State.Error === '' ? {} : { refusal: (await redactor())(State.Error) }),
        ...(architectures === undefined ? {} : { architectures }),
      }
    },
    exec: async (id, command) => {
      const { exitCode, output } = await exec(id, command)
      const redact = await redactor()
      return { exitCode, output: output.split('\n').map(redact).join('\n') }
    },
    listening: async (id) => {
      const asked = await exec(id, ['cat', '/proc/net/tcp', '/proc/net/tcp6']).catch(() => undefined)
      return asked?.output.includes('local_address') === true ? readSockets(asked.output) : undefined
    },
    readHead: async (id, path) => {
      const tar = await api
        .bytes('GET', `/containers/${id}/archive`, { query: { path } })
        .catch(() => undefined)
      return tar?.subarray(512, 512 + 4096).toString('latin1')
    },
    networks: async () => (await api.get<unknown[]>('/networks').catch(() => undefined))?.length,
    portHolder: async (port) => {
      const query = { filters: { publish: [String(port)] } }
      const found = await api.get<{ Names: string[] }[]>('/containers/json', query).catch(() => [])
      const [name] = found.flatMap(({ Names }) => Names)
      if (name !== undefined) return `The container ${name.slice(1)}`
      if (!isLocal) return undefined
      const { stdout } = await spawn('ss', ['-Hltnp', `sport = :${port}`])
      const [, program, pid] = /users:\(\("([^"]+)",pid=(\d+)/.exec(stdout) ?? []
      return program === undefined ? undefined : `The program ${program} (process ${pid})`
    },
  }
}

async function readArchitectures(api: EngineApi, image: string) {
  const [{ Architecture }, { Arch }] = await Promise.all([
    api.get<{ Architecture: string }>(`/images/${image}/json`),
    api.get<{ Arch: string }>('/version'),
  ])
  return { image: Architecture, machine: Arch }
}

/** Docker's own name server, which every network has. */
const nameServer = '0B00007F'

/** Reads `/proc/net/tcp` and `tcp6` (Linux, Documentation/networking/proc_net_tcp): addresses in hex, 0A is LISTEN. */
export function readSockets(text: string): Socket[] {
  return [...text.matchAll(/^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F:]+ 0A /gm)].flatMap(
    ([, address = '', port = '']) => {
      if (address === nameServer) return []
      const local = address.endsWith('7F') || address === '00000000000000000000000001000000'
      return [{ local, port: Number.parseInt(port, 16) }]
    },
  )
}
