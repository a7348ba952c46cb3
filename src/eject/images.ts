import type { App } from '../app/app.ts'
import { imageGroups } from '../release/render.ts'

/**
 * An image that is built from the project, under a name of the folder's own: `muelle down` removes those of releases, and
 * these only with the volumes.
 */
export interface EjectedImage {
  tag: string
  /** The service whose definition builds it. */
  builder: string
  services: readonly string[]
}

export function ejectedImages(app: App): EjectedImage[] {
  return imageGroups(app, 0).map(({ name, services }) => ({
    tag: `${app.name}-${name}:ejected`,
    builder: name,
    services,
  }))
}
