import { until } from './example.ts'
import { docker, lines } from './host.ts'

/** What tests ask of a container, in Docker's own words. */
export interface Container {
  Id: string
  Image: string
  Name: string
  Config: { Healthcheck?: unknown }
  State: { Health?: { Status: string } }
  HostConfig: {
    Memory: number
    MemoryReservation: number
    LogConfig: { Type: string; Config: Record<string, string> }
    PortBindings: Record<string, unknown> | null
    ReadonlyRootfs: boolean
  }
  Mounts: readonly { Type: string; Name?: string; Destination: string; RW: boolean }[]
  NetworkSettings: { Networks: Record<string, unknown> }
}

/** The containers of an app that run, or of one of its services; of the live release and of the one kept warm, the newest first. */
export async function containersOf(app: string, service?: string): Promise<Container[]> {
  const labels = [
    `org.muelle.app=${app}`,
    ...(service === undefined ? [] : [`org.muelle.service=${service}`]),
  ]
  const ids = lines(
    await docker('ps', '--quiet', ...labels.flatMap((label) => ['--filter', `label=${label}`])),
  )
  return ids.length === 0 ? [] : (JSON.parse(await docker('inspect', ...ids)) as Container[])
}

/** The containers of a service in the newest release of an app. */
export async function newestOf(app: string, service: string): Promise<Container[]> {
  const releaseOf = ({ Name }: Container): number => Number(/-r(\d+)-/.exec(Name)?.[1])
  const all = await containersOf(app, service)
  const newest = Math.max(...all.map(releaseOf))
  return all.filter((each) => releaseOf(each) === newest)
}

/** The container of a service that has one. */
export async function containerOf(app: string, service: string): Promise<Container> {
  const [first, ...others] = await containersOf(app, service)
  if (first === undefined || others.length > 0)
    throw new Error(`${others.length + 1} containers of ${service}`)
  return first
}

/** The volumes of a container by the folder that they are at; `true` where it may write. */
export function volumesOf({ Mounts }: Container): Record<string, boolean> {
  const volumes = Mounts.filter(({ Type }) => Type === 'volume')
  return Object.fromEntries(volumes.map(({ Destination, RW }) => [Destination, RW]))
}

/** Waits for the health check that Docker runs in each of the containers. */
export async function untilHealthy(containers: readonly Container[]): Promise<void> {
  for (const { Id, Name } of containers)
    await until(`health of ${Name}`, async () => {
      const status = await docker('inspect', '--format', '{{.State.Health.Status}}', Id)
      return status.trim() === 'healthy' ? true : undefined
    })
}
