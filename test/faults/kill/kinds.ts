import { docker } from '../../support/host.ts'
import type { ComposeDraft } from '../../support/project.ts'
import type { World } from '../world.ts'

/** A kind of deployment, and how it is made ready to be killed again and again. */
export interface Kind {
  settings?: Record<string, unknown>
  /** Further services. */
  change?: (file: ComposeDraft) => void
  /** How many releases are deployed before the first case. */
  releases: number
  /** Brings about what the command needs. @returns its arguments */
  prepare(world: World, line: number): Promise<readonly string[]>
}

const up: Pick<Kind, 'releases' | 'prepare'> = {
  releases: 1,
  prepare: async ({ project, write }, line) => {
    await write(`killed at ${line}`)
    return ['up', project.directory]
  },
}

export const kinds: Readonly<Record<string, Kind>> = {
  first: {
    releases: 0,
    prepare: async ({ host, project, write }, line) => {
      if (line > 1) await host.muelle('down', project.name)
      await write(`first killed at ${line}`)
      return ['up', project.directory]
    },
  },
  'blue-green': up,
  rolling: { ...up, settings: { strategy: 'rolling' } },
  canary: {
    ...up,
    settings: { strategy: 'canary', canary: { steps: [50], minimum: '1s' }, watch: '2s' },
  },
  /** With a restore point and a rehearsal before the release commands. */
  backup: {
    settings: { backups: { rehearse: true, keep: { last: 1, daily: 0, weekly: 0, monthly: 0 } } },
    change: withDatabase,
    releases: 1,
    prepare: async (world, line) => {
      const { project } = world
      await docker(
        ...['exec', `${project.name}-db-1`, 'psql', '-U', 'postgres', '-c'],
        'CREATE TABLE IF NOT EXISTS item AS SELECT generate_series(1, 1000) AS id',
      )
      return up.prepare(world, line)
    },
  },
  rollback: { releases: 2, prepare: (world) => backTo(world, 'warm') },
  /** To a release whose containers are gone: it is started anew. */
  'rollback-cold': { releases: 3, prepare: (world) => backTo(world, 'kept') },
  restart: { releases: 1, prepare: async ({ project }) => ['restart', project.name] },
  'restart-web': { releases: 1, prepare: async ({ project }) => ['restart', 'web', '--app', project.name] },
  'restart-worker': {
    releases: 1,
    prepare: async ({ project }) => ['restart', 'worker', '--app', project.name],
  },
  'scale-up': { releases: 1, prepare: (world) => scaleTo(world, 3, 2) },
  'scale-down': { releases: 1, prepare: (world) => scaleTo(world, 2, 3) },
}

/** Whether the case before went forward or back, there is one release of either state to return to. */
async function backTo(world: World, state: string): Promise<string[]> {
  const release = (await world.releases()).find((each) => each.state === state)
  if (release === undefined) throw new Error(`no release is ${state}`)
  return ['rollback', String(release.number), '--app', world.project.name]
}

async function scaleTo(world: World, to: number, from: number): Promise<string[]> {
  const scale = (count: number) => ['scale', `web=${count}`, '--app', world.project.name]
  if ((await world.replicas()) !== from) await world.succeed(...scale(from))
  return scale(to)
}

function withDatabase(file: ComposeDraft): void {
  const environment = { POSTGRES_PASSWORD: 'hush-hush-hush' }
  file.services['db'] = { image: 'postgres:15', environment, volumes: ['pgdata:/var/lib/postgresql/data'] }
  file['volumes'] = { pgdata: {} }
}
