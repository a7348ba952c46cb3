import type { Clock } from '../../../src/deploy/wait.ts'
import type { Services } from '../../../src/deploy/with-app.ts'
import type { Gateway } from '../../../src/gateway/gateway.ts'
import type { Probe } from '../../../src/gateway/probe.ts'
import { type AppFiles, createAppFiles } from '../../../src/release/files.ts'
import { releaseProject } from '../../../src/release/names.ts'
import type { Store } from '../../../src/store/store.ts'
import {
  fakeCertificates,
  fakeGateway,
  fakeNotifier,
  fakeRepositories,
  fakeVault,
} from '../../support/fake-ports.ts'
import { simulatedEngine } from './engine.ts'
import type { World } from './world.ts'

/** Everything that Muelle's handlers work with, on a simulated world. */
export function simulatedServices(world: World, store: Store): Services {
  return {
    engine: simulatedEngine(world),
    gateway: simulatedGateway(world),
    certificates: fakeCertificates,
    store: guardedStore(world, store),
    files: simulatedFiles(world),
    secrets: fakeVault,
    repositories: fakeRepositories,
    notifier: fakeNotifier,
    standIns: { has: async () => false, build: async () => undefined },
    instance: 'muelle',
    runner: 'simulated',
    probe: simulatedProbe(world),
    clock: simulatedClock(world),
    commitOf: async () => null,
    probeToken: 'token',
    minimumFreeBytes: 0,
  }
}

function simulatedClock(world: World): Clock {
  return {
    now: () => world.now,
    sleep: async (ms, signal) => {
      world.call('local', () => world.pass(ms))
      // Lets the other branch of a deployment take its turn.
      await Promise.resolve()
      signal.throwIfAborted()
    },
  }
}

function simulatedProbe(world: World): Probe {
  return async ({ address }) =>
    world.call('local', () => {
      const container = world.containers.get(address)
      if (container !== undefined && world.isReady(container)) return { status: 200, headers: {}, body: '' }
      throw new Error('ECONNREFUSED')
    })
}

function simulatedGateway(world: World): Gateway {
  const { gateway } = world
  const start = (): void => {
    gateway.isUp = true
  }
  return {
    ...fakeGateway(),
    ensure: async () => world.call('engine', start, { takesMs: 50 }),
    heal: async () => world.call('engine', start, { takesMs: 50 }),
    stage: async (_, presence) => world.call('disk', () => gateway.show(presence, world), { takesMs: 150 }),
    flip: async (_, __, release) => world.call('disk', () => world.flip(release)),
    live: async () => world.call('local', () => gateway.live),
    arms: async () => world.call('local', () => gateway.arms.map(({ release }) => release)),
    ask: async (_, __, { release = gateway.live }) =>
      world.call('local', () => {
        const server = release === undefined ? undefined : world.reach(release)
        if (!gateway.isUp || release === undefined || server === undefined) throw new Error('502')
        const fails = world.random() < (world.traits.get(release)?.errorRate ?? 0)
        return { status: fails ? 500 : 200, headers: {}, body: '', release, server: `${server}:8000` }
      }),
    remove: async () =>
      world.call('engine', () => {
        gateway.show({}, world)
        world.flip(undefined)
      }),
  }
}

/** The real names of projects and files, with the contents in memory. */
function simulatedFiles(world: World): AppFiles {
  const real = createAppFiles('/state')
  const put = (path: string, value: unknown) => world.call('disk', () => void world.files.set(path, value))
  const get = <T>(path: string) => world.call('local', () => world.files.get(path) as T | undefined)
  const model = (name: string, number: number) => `${releaseProject(name, number)}.json`
  return {
    ...real,
    write: async (project, file) => put(project.file, file),
    read: async ({ file }) => get(file),
    keepBase: async (file) => put('base.json', file),
    readBase: async () => get('base.json'),
    keepModel: async (app, number) => put(model(app.name, number), app),
    readModel: async (name, number) => get(model(name, number)),
    keepLatest: async (app) => put('latest.json', app),
    readLatest: async () => get('latest.json'),
    forgetRelease: async (name, number) =>
      world.call('local', () => {
        world.files.delete(model(name, number))
        for (const path of world.files.keys())
          if (path.includes(`/releases/${number}/`)) world.files.delete(path)
      }),
  }
}

/** The real store, in which every call is a moment at which Muelle can die, before it or after it. */
function guardedStore(world: World, real: Store): Store {
  const guarded = Object.fromEntries(
    Object.entries(real).map(([name, method]) => [
      name,
      (...parameters: unknown[]) => {
        const result = world.call('local', () => (method as (...all: unknown[]) => unknown)(...parameters), {
          takesMs: 1,
        })
        return result
      },
    ]),
  ) as unknown as Store
  return {
    ...guarded,
    // A dead Muelle holds no lease: its process is gone. Here it is this very process, so it looks alive.
    acquire: (app, owner, options) => guarded.acquire(app, owner, { ...options, isAlive: () => false }),
    close: real.close,
  }
}
