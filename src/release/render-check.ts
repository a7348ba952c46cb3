import type { App, Service } from '../app/app.ts'
import type { ComposeFile } from '../app/compose.ts'
import { labels } from './names.ts'
import {
  externalNetworks,
  externalVolumes,
  type ReleaseIdentity,
  serviceLabels,
  sharedDefinitions,
  withoutMuelleKeys,
} from './render.ts'

/** The key of the one service of the file. */
export const checkService = 'check'

/**
 * The project in which the image of a service is asked a question: with the environment, mounts and networks that the
 * service has, but past the image's own entrypoint, which may migrate a database before it comes to the point.
 */
export function renderCheck(
  app: App,
  question: { service: Service; argv: readonly string[] },
  { images, instance }: Omit<ReleaseIdentity, 'number'>,
): ComposeFile {
  const { service, argv } = question
  const {
    ports,
    container_name,
    scale,
    healthcheck,
    deploy,
    command,
    volumes_from,
    network_mode,
    networks,
    ...kept
  } = withoutMuelleKeys(service.definition)
  const asked = {
    ...kept,
    image: images[service.name] ?? kept.image ?? '',
    pull_policy: 'never',
    entrypoint: [...argv],
    restart: 'no',
    labels: {
      ...serviceLabels(app, service, instance),
      [labels.role]: 'check',
      [labels.service]: checkService,
    },
    networks: Object.fromEntries(Object.keys(networks ?? {}).map((key) => [key, null])),
  }
  return {
    name: checkProject(app.name),
    services: { [checkService]: asked },
    networks: externalNetworks(app, (key) => key),
    volumes: externalVolumes(app),
    ...sharedDefinitions(app),
  }
}

export function checkProject(app: string): string {
  return `${app}-check`
}
