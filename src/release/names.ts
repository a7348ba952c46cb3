/**
 * Every name that Muelle gives to something in Docker, in one place.
 * A base project `shop` holds what lasts; `shop-r12` is release 12.
 */

export const labels = {
  app: 'org.muelle.app',
  release: 'org.muelle.release',
  service: 'org.muelle.service',
  role: 'org.muelle.role',
  /** Digest of the definition that a backing service was started from. */
  definition: 'org.muelle.definition',
  /** The gateway pod that a holder or nginx container belongs to. */
  pod: 'org.muelle.pod',
  /** Tells apart several Muelle installations on one engine; the tests use it. */
  instance: 'org.muelle.instance',
} as const

export function releaseProject(app: string, release: number): string {
  return `${app}-r${release}`
}

/**
 * The key of a service in a release's Compose file. It carries the release number because Compose gives
 * every service an alias of that name on each of its networks, and on the app's network two releases meet:
 * with plain names, `web` would resolve to containers of both.
 */
export function releaseService(service: string, release: number): string {
  return `${service}-r${release}`
}

/** The name that Compose gives to replica `index` (from 1) of a released service. */
export function releaseContainer(app: string, service: string, target: { release: number; index: number }) {
  return `${releaseProject(app, target.release)}-${releaseService(service, target.release)}-${target.index}`
}

/** The network on which the gateway reaches the web service of an app, and nothing else. */
export function edgeNetwork(app: string): string {
  return `${app}_edge`
}

export function imageTag(app: string, group: string, release: number): string {
  return `${app}-${group}:r${release}`
}
