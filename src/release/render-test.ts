import { type App, backingServices, ownNames } from '../app/app.ts'
import type { ComposeFile, ComposeService } from '../app/compose.ts'
import { labels, releaseProject } from './names.ts'
import { commandRunner, type ReleaseIdentity, serviceLabels, withoutMuelleKeys } from './render.ts'

/**
 * The project in which a release's `test:` commands run: its backing services, empty, under their own names, on a
 * network that nobody else is on. What they would keep in volumes they keep in memory.
 */
export function renderTest(app: App, release: ReleaseIdentity): ComposeFile {
  const own = { [labels.release]: String(release.number), [labels.role]: 'test' }
  const runner = scratchCommand(app, release, { ...own, [labels.service]: 'test-command' })
  const commands = app.settings.test.map((command, index): [string, ComposeService] => [
    testCommandService(index),
    { ...runner, command, profiles: ['test'] },
  ])
  const { secrets, configs } = app.file
  return {
    name: testProject(app.name, release.number),
    services: { ...Object.fromEntries(scratchBacking(app, release, own)), ...Object.fromEntries(commands) },
    networks: { default: { name: `${testProject(app.name, release.number)}_default` } },
    ...(secrets === undefined ? {} : { secrets }),
    ...(configs === undefined ? {} : { configs }),
  }
}

/** Backing services without anything in them, by their own names on the default network. */
export function scratchBacking(
  app: App,
  release: ReleaseIdentity,
  own: Readonly<Record<string, string>>,
): [string, ComposeService][] {
  return backingServices(app).map((service) => {
    const { ports, container_name, volumes, networks, ...kept } = withoutMuelleKeys(service.definition)
    const kinds = (volumes ?? [])
      .filter(({ type }) => type === 'volume')
      .flatMap(({ target }) => target ?? [])
    const binds = (volumes ?? []).filter(({ type }) => type === 'bind')
    const scratch: ComposeService = {
      ...kept,
      image: release.images[service.name] ?? service.definition.image ?? '',
      restart: 'no',
      labels: { ...serviceLabels(app, service, release.instance), ...own },
      networks: { default: { aliases: ownNames(service) } },
      ...(kinds.length > 0 ? { tmpfs: kinds } : {}),
      ...(binds.length > 0 ? { volumes: binds.map((bind) => ({ ...bind, read_only: true })) } : {}),
    }
    return [service.name, scratch]
  })
}

/** A command of the app's own image on the default network, without its volumes. */
export function scratchCommand(
  app: App,
  { images, instance, number }: ReleaseIdentity,
  own: Readonly<Record<string, string>>,
): ComposeService {
  const runner = commandRunner(app)
  const { ports, container_name, scale, healthcheck, deploy, volumes, ...kept } = withoutMuelleKeys(
    runner.definition,
  )
  return {
    ...kept,
    image: images[runner.name] ?? runner.definition.image ?? '',
    restart: 'no',
    environment: { ...runner.definition.environment, MUELLE_RELEASE: String(number) },
    labels: { ...serviceLabels(app, runner, instance), ...own },
    networks: { default: null },
  }
}

export function testProject(app: string, release: number): string {
  return `${releaseProject(app, release)}-test`
}

/** The key of test command `index` (from 0) among the services of the rendered file. */
export function testCommandService(index: number): string {
  return `test-command-${index + 1}`
}
