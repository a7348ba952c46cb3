import type { Container, ContainerFilter, Engine, Project } from '../../../src/engine/port.ts'
import { MuelleError } from '../../../src/errors/muelle-error.ts'
import { edgeNetwork, labels } from '../../../src/release/names.ts'
import { fakeEngine } from '../../support/fake-ports.ts'
import { fileOf, releaseOf, type SimContainer, type World } from './world.ts'

type Scale = Readonly<Record<string, number>>

export function simulatedEngine(world: World): Engine {
  const find = (id: string): SimContainer => {
    const found = [...world.containers.values()].find(
      (container) => container.id === id || container.name === id,
    )
    if (found === undefined) throw new MuelleError('DOCKER_COMMAND_FAILED', `no container ${id}`)
    return found
  }
  const create = (project: Project, keys: readonly string[], scale: Scale = {}): SimContainer[] =>
    keys.flatMap((key) => createService(world, project, { key, count: scale[key] }))
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
          .map((container) => show(world, container)),
      ),
    date: async () => world.now,
    startedAt: async (id) => world.call('engine', () => find(id).startedAt),
    imageId: async (reference) =>
      world.call('engine', () => world.images.get(reference) ?? builtOrPulled(reference)),
    tagImage: async (id, tag) => world.call('engine', () => void world.images.set(tag, id)),
    removeImage: async (reference) => world.call('engine', () => void world.images.delete(reference)),
    ensureNetwork: async ({ name }) => world.call('engine', () => void world.networks.add(name)),
    ensureVolume: async ({ name }) => world.call('engine', () => void world.volumes.add(name)),
    endCommandsOf: async () => world.call('local', () => world.endLeftBehind()),
    build: async ({ file }) =>
      world.call('disk', () => build(world, file), { takesMs: 2000, outlives: true }),
    create: async (project, keys, { scale }) => {
      world.call('disk', () => void create(project, keys, scale), { takesMs: 300, outlives: true })
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
    stopContainer: async (id) => world.call('engine', () => world.stopContainer(find(id)), { takesMs: 300 }),
    removeContainer: async (id) =>
      world.call('engine', () => {
        for (const { name } of [...world.containers.values()].filter((each) => each.id === id))
          world.containers.delete(name)
      }),
    stop: async (project, keys) =>
      world.call(
        'engine',
        () => {
          for (const container of ofProject(project))
            if (keys.includes(container.key)) world.stopContainer(container)
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

function build(world: World, path: string): void {
  for (const { image = '' } of Object.values(fileOf(world, path).services)) {
    const release = Number(/:r(\d+)$/.exec(image)?.[1])
    if (world.traits.get(release)?.buildWorks === false)
      throw new MuelleError('BUILD_FAILED', 'it does not build')
    world.images.set(image, `sha256:${image}`)
  }
}

/** Images from elsewhere are always here; those that are built have a tag that ends in a release. */
function builtOrPulled(reference: string): string | undefined {
  return /:r\d+$/.test(reference) ? undefined : `sha256:${reference}`
}

/** As Compose does: as many as wanted, or as the file says, are there then; no fewer, and no more. */
function createService(
  world: World,
  project: Project,
  { key, count }: { key: string; count: number | undefined },
): SimContainer[] {
  const file = fileOf(world, project.file)
  const service = file.services[key]
  if (service === undefined) throw new MuelleError('DOCKER_COMMAND_FAILED', `no such service: ${key}`)
  if (file.networks?.['default']?.external !== true) world.networks.add(`${project.name}_default`)
  const wanted = count ?? service.deploy?.replicas ?? 1
  const own = [...world.containers.values()]
    .filter((container) => container.project === project.name && container.key === key)
    .sort((a, b) => numberOf(a) - numberOf(b))
  for (const { name } of own.slice(wanted)) world.containers.delete(name)
  const last = Math.max(0, ...own.map(numberOf))
  const added = Array.from({ length: Math.max(0, wanted - own.length) }, (_, index): SimContainer => {
    const name = `${project.name}-${key}-${last + 1 + index}`
    return {
      id: world.newId(),
      name,
      project: project.name,
      key,
      labels: service.labels ?? {},
      running: false,
      startedAt: 0,
      readyAt: Number.POSITIVE_INFINITY,
    }
  })
  for (const container of added) world.containers.set(container.name, container)
  return [...own.slice(0, wanted), ...added]
}

/** Compose counts on, and never uses the number of a container again that is gone while others are there. */
function numberOf({ name }: SimContainer): number {
  return Number(/-(\d+)$/.exec(name)?.[1])
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
