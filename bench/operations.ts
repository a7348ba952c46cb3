import { z } from 'zod'
import type { AppBed, Settings } from './app-bed.ts'

type Operation = (bed: AppBed) => Promise<void>

/** What is done to a live app, in an order in which each finds what it needs; the files are those of its volumes. */
const all = {
  'blue-green': (bed) => bed.deploy({ strategy: 'blue-green' }),
  'warm-rollback': rollBackToWarm,
  rolling: (bed) => bed.deploy({ strategy: 'rolling' }),
  'scale-up': (bed) => scale(bed, 3),
  canary: (bed) => bed.deploy({ strategy: 'canary' }),
  restart: async (bed) => void (await bed.become('restart')),
  'scale-down': (bed) => scale(bed, 2),
  'gateway-image': replaceGatewayImage,
  'cold-rollback': rollBackToCold,
  'gateway-mounts': replaceGatewayMounts,
} satisfies Record<string, Operation>

export type OperationName = keyof typeof all

/** Each does it and sees that it has happened. @throws when it fails or has not happened */
export const operations: Readonly<Record<OperationName, Operation>> = all

const operationNames = Object.keys(all) as OperationName[]

/** Names with commas between them; all, when there are none. @throws when one of them is unknown */
export function readNames(list = operationNames.join()): OperationName[] {
  return z.array(z.enum(operationNames)).parse(list.split(','))
}

const releases = z.array(z.object({ number: z.number(), state: z.string() }))
const status = z.array(z.object({ services: z.array(z.object({ name: z.string(), running: z.number() })) }))

async function rollBackToWarm(bed: AppBed): Promise<void> {
  const warm = await newest('warm', bed)
  const release = await bed.become('rollback')
  if (release !== warm) throw new Error(`went back to release ${release}, but ${warm} is the warm one`)
}

async function rollBackToCold(bed: AppBed): Promise<void> {
  await bed.become('rollback', String(await newest('kept', bed)))
}

async function newest(state: 'warm' | 'kept', bed: AppBed): Promise<number> {
  const found = releases.parse(await bed.muelle('releases', bed.name)).find((each) => each.state === state)
  if (found === undefined) throw new Error(`no release is ${state}`)
  return found.number
}

async function scale(bed: AppBed, replicas: number): Promise<void> {
  await bed.muelle('scale', `web=${replicas}`, '--app', bed.name)
  const [app] = status.parse(await bed.muelle('status', bed.name))
  const running = app?.services.find(({ name }) => name === 'web')?.running
  if (running !== replicas) throw new Error(`${running} replicas run instead of ${replicas}`)
}

async function replaceGatewayImage(bed: AppBed): Promise<void> {
  await bed.renameGatewayImage()
  await deployReplacingNginx(bed, {})
}

/** With the media files, or without them when they are served already. */
async function replaceGatewayMounts(bed: AppBed): Promise<void> {
  const isServed = JSON.stringify(bed.settings()).includes('/media/')
  const files = { '/files/': 'files', ...(isServed ? {} : { '/media/': 'media' }) }
  await deployReplacingNginx(bed, { static: files })
}

async function deployReplacingNginx(bed: AppBed, change: Settings): Promise<void> {
  const before = await bed.nginx()
  await bed.deploy({ ...change, strategy: 'blue-green' })
  if ((await bed.nginx()).id === before.id) throw new Error('nginx was not replaced')
}
