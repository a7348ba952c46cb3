import type { Clock } from '../../../src/deploy/wait.ts'
import type { Services } from '../../../src/deploy/with-app.ts'
import type { Container, ContainerFilter, Engine, Project } from '../../../src/engine/port.ts'
import { MuelleError } from '../../../src/errors/muelle-error.ts'
import type { Gateway } from '../../../src/gateway/gateway.ts'
import type { Probe } from '../../../src/gateway/probe.ts'
import { type AppFiles, createAppFiles } from '../../../src/release/files.ts'
import { edgeNetwork, labels, releaseProject } from '../../../src/release/names.ts'
import { openStore, type Store } from '../../../src/store/store.ts'
import { fakeCertificates, fakeEngine, fakeGateway } from '../../support/fake-ports.ts'
import { fileOf, releaseOf, type SimContainer, type World } from './world.ts'

/** Everything that Muelle's handlers work with, on a simulated world. */
export function simulatedServices(world: World): Services {
  return {
    engine: simulatedEngine(world),
    gateway: simulatedGateway(world),
    certificates: fakeCertificates,
    store: guardedStore(world),
    files: simulatedFiles(world),
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
    date: () => world.now,
    sleep: async (ms, signal) => {
      world.call('local', () => world.pass(ms))
      // Lets the other branch of a deployment take its turn.
      await Promise.resolve()
      signal.throwIfAborted()
    },
  }
}

function simulatedEngine(world: World): Engine {
  const find = (id: string): SimContainer => {
    const found = [...world.containers.values()].find(
      (container) => container.id === id || container.name === id,
    )
    if (found === undefined) throw new MuelleError('DOCKER_COMMAND_FAILED', `no container ${id}`)
    return found
  }
  const create = (project: Project, keys: readonly string[]): SimContainer[] =>
    keys.flatMap((key) => createService(world, project, key))
  const ofProject = ({ name }: Pick<Project, 'name'>): SimContainer[] =>
    [...world.containers.values()].filter(
      (container) =>
        container.project === name && (labels.instance in container.labels || world.ignoresLabels),
    )

  return {
    // What a deployment does not need stays as the unit tests have it: it succeeds at once.
    ...fakeEngine(),
    containers: async (filter) =>
      world.call('engine', () =>
        [...world.containers.values()]
          .filter((container) => matches(container, filter))
          .map((c) => show(world, c)),
      ),
    imageId: async (reference) =>
      world.call('engine', () => world.images.get(reference) ?? builtOrPulled(reference)),
    removeImage: async (reference) => world.call('engine', () => void world.images.delete(reference)),
    ensureNetwork: async ({ name }) => world.call('engine', () => void world.networks.add(name)),
    ensureVolume: async ({ name }) => world.call('engine', () => void world.volumes.add(name)),
    endCommandsOf: async () => world.call('local', () => world.endLeftBehind()),
    build: async (project) =>
      world.call(
        'disk',
        () => {
          for (const { image = '' } of Object.values(fileOf(world, project.file).services)) {
            const release = Number(/:r(\d+)$/.exec(image)?.[1])
            if (world.traits.get(release)?.buildWorks === false)
              throw new MuelleError('BUILD_FAILED', 'it does not build')
            world.images.set(image, `sha256:${image}`)
          }
        },
        { takesMs: 2000, outlives: true },
      ),
    create: async (project, keys) => {
      world.call('disk', () => void create(project, keys), { takesMs: 300, outlives: true })
    },
    start: async (id) => world.call('engine', () => world.startContainer(find(id)), { takesMs: 300 }),
    up: async (project, keys) =>
      world.call(
        'disk',
        () => {
          for (const container of create(project, keys)) world.startContainer(container)
        },
        { takesMs: 600, outlives: true },
      ),
    stopContainer: async (id) =>
      world.call(
        'engine',
        () => {
          find(id).running = false
        },
        { takesMs: 300 },
      ),
    stop: async (project, keys) =>
      world.call(
        'engine',
        () => {
          for (const container of ofProject(project))
            if (keys.includes(container.key)) container.running = false
        },
        { takesMs: 1000, outlives: true },
      ),
    down: async (project) =>
      world.call(
        'engine',
        () => {
          for (const { name } of ofProject(project)) world.containers.delete(name)
          world.networks.delete(`${project.name}_default`)
        },
        { takesMs: 1000 },
      ),
    runOnce: async (project, key) => {
      world.call(
        'disk',
        () => {
          const release = Number(/-r(\d+)$/.exec(project.name)?.[1])
          fileOf(world, project.file)
          if (world.traits.get(release)?.releaseCommandWorks !== false) return
          throw new MuelleError('DOCKER_COMMAND_FAILED', `${key} ended with exit code 1`)
        },
        { takesMs: 1500 },
      )
      await Promise.resolve()
    },
  }
}

/** Images from elsewhere are always here; those that are built have a tag that ends in a release. */
function builtOrPulled(reference: string): string | undefined {
  return /:r\d+$/.test(reference) ? undefined : `sha256:${reference}`
}

function createService(world: World, project: Project, key: string): SimContainer[] {
  const file = fileOf(world, project.file)
  const service = file.services[key]
  if (service === undefined) throw new MuelleError('DOCKER_COMMAND_FAILED', `no such service: ${key}`)
  if (file.networks?.['default']?.external !== true) world.networks.add(`${project.name}_default`)
  return Array.from({ length: service.deploy?.replicas ?? 1 }, (_, index) => {
    const name = `${project.name}-${key}-${index + 1}`
    const container = world.containers.get(name) ?? {
      id: world.newId(),
      name,
      project: project.name,
      key,
      labels: service.labels ?? {},
      running: false,
      readyAt: Number.POSITIVE_INFINITY,
    }
    world.containers.set(name, container)
    return container
  })
}

function matches({ labels: own }: SimContainer, filter: ContainerFilter): boolean {
  const wanted: [string, string | number | undefined][] = [
    [labels.instance, 'muelle'],
    [labels.app, filter.app],
    [labels.release, filter.release],
    [labels.role, filter.role],
    [labels.service, filter.service],
    [labels.pod, filter.pod],
  ]
  return wanted.every(([label, value]) => value === undefined || own[label] === String(value))
}

function show(world: World, container: SimContainer): Container {
  const { id, name, labels: own, running } = container
  const app = own[labels.app] ?? ''
  return {
    id,
    name,
    app,
    release: releaseOf(container),
    service: own[labels.service] ?? '',
    role: own[labels.role] ?? '',
    definition: own[labels.definition],
    image: 'sha256:1',
    running,
    status: running ? (world.isReady(container) ? 'Up 1 second (healthy)' : 'Up 1 second') : 'Created',
    addresses: running ? { [edgeNetwork(app)]: name } : {},
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
  return {
    ...fakeGateway(),
    ensure: async () => world.call('engine', () => undefined, { takesMs: 50 }),
    stage: async (_, { arms, share }) => world.call('disk', () => world.show(arms, share), { takesMs: 150 }),
    flip: async (_, __, release) => world.call('disk', () => world.flip(release)),
    live: async () => world.call('local', () => gateway.live),
    arms: async () => world.call('local', () => gateway.arms.map(({ release }) => release)),
    ask: async (_, __, { release = gateway.live }) =>
      world.call('local', () => {
        if (release === undefined || world.ready(release) === 0) throw new Error('502')
        const fails = world.random() < (world.traits.get(release)?.errorRate ?? 0)
        return { status: fails ? 500 : 200, headers: {}, body: '', release }
      }),
    remove: async () =>
      world.call('engine', () => {
        world.show([], undefined)
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
function guardedStore(world: World): Store {
  const real = openStore(':memory:')
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
