import { labels } from '../../release/names.ts'
import type { Container, ContainerFilter } from '../port.ts'
import { demultiplex, type EngineApi, EngineRefusal } from './api.ts'
import { ignoreRemoved, ignoreStopped } from './refusals.ts'

/** What of the engine's answers is read here. */
interface ListedContainer {
  Id: string
  Names: readonly string[]
  ImageID: string
  State: string
  Status: string
  Labels: Readonly<Record<string, string>>
  NetworkSettings?: { Networks: Readonly<Record<string, { IPAddress: string }>> }
}

interface InspectedContainer {
  RestartCount: number
  State: { StartedAt: string; Running: boolean }
  Config: { Healthcheck?: { Test?: readonly string[] }; Tty: boolean }
  NetworkSettings: { Networks: Readonly<Record<string, unknown>> }
}

export function listContainers(api: EngineApi, label: readonly string[]): Promise<ListedContainer[]> {
  return api.get('/containers/json', { all: true, filters: { label } })
}

export function inspect(api: EngineApi, id: string): Promise<InspectedContainer> {
  return api.get(`/containers/${id}/json`)
}

/**
 * Any change to a container that has ended, even to what it is already, has Docker write its state, and list it so. One
 * that cannot be changed is being started or removed just now, and Docker writes its state itself.
 */
export async function refreshList(api: EngineApi, label: readonly string[]): Promise<void> {
  const refresh = async ({ Id }: ListedContainer): Promise<void> => {
    const { Running } = (await inspect(api, Id)).State
    if (!Running) await api.post(`/containers/${Id}/update`, { body: {} })
  }
  const found = await listContainers(api, label)
  const listed = found.filter(({ State }) => isListedAsRunning(State))
  await Promise.all(listed.map((each) => refresh(each).catch(ignoreRefusal)))
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof EngineRefusal) || error.code === 'DISK_FULL') throw error
}

/** One that is paused, or about to be started again by Docker, counts as running there. */
function isListedAsRunning(state: string): boolean {
  return ['running', 'paused', 'restarting'].includes(state)
}

export function labelFilter(instance: string, filter: ContainerFilter): string[] {
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

export function readContainer(found: ListedContainer): Container {
  const release = found.Labels[labels.release]
  return {
    id: found.Id,
    name: found.Names[0]?.slice(1) ?? found.Id,
    app: found.Labels[labels.app] ?? '',
    release: release === undefined ? undefined : Number(release),
    service: found.Labels[labels.service] ?? '',
    role: found.Labels[labels.role] ?? '',
    definition: found.Labels[labels.definition],
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

/** Docker ends a container in the time that the file grants it. */
export async function stopAndRemove(api: EngineApi, id: string): Promise<void> {
  await api.post(`/containers/${id}/stop`).catch(ignoreStopped)
  await api.delete(`/containers/${id}`, { force: true }).catch(ignoreRemoved)
}

export async function execute(api: EngineApi, id: string, command: readonly string[]) {
  const created = { Cmd: command, AttachStdout: true, AttachStderr: true }
  const exec = await api.post<{ Id: string }>(`/containers/${id}/exec`, { body: created })
  const started = { Detach: false, Tty: false }
  const output = await api.bytes('POST', `/exec/${exec.Id}/start`, { body: started })
  const { ExitCode } = await api.get<{ ExitCode: number | null }>(`/exec/${exec.Id}/json`)
  return { exitCode: ExitCode ?? 0, output: demultiplex(output) }
}
