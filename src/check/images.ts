import type { Service } from '../app/app.ts'
import { finalStages } from '../app/dockerfile.ts'
import { dataOf, type ServerKind, serverKind } from '../app/servers.ts'
import type { Facts } from './facts.ts'

export interface ImageName {
  /** Without registry. */
  name: string
  tag: string | undefined
  digest: string | undefined
}

/** The parts of an image reference such as `registry:5000/team/app:1.2@sha256:…`. */
export function readImageName(reference: string): ImageName {
  const [path = '', digest] = reference.split('@')
  const tag = path.split('/').at(-1)?.split(':')[1]
  const name = tag === undefined ? path : path.slice(0, -tag.length - 1)
  return { name, tag, digest }
}

/** Of a service that runs such a server as it is, or one built here that keeps its data. */
export function serverKindOf({ role, definition }: Service): ServerKind | undefined {
  if (definition.build === undefined) return serverKind(definition.image ?? '')
  return role === 'backing' ? dataOf(definition)?.kind : undefined
}

/** The image that a service runs or is built upon, with the place where a Dockerfile names it. */
export interface BaseImage {
  reference: string
  file?: string
  line?: number
}

/** What a service's own image comes from; of a build, every image that its final stage builds upon. */
export function baseImagesOf({ builds }: Facts, { name, definition }: Service): BaseImage[] {
  if (definition.build === undefined) {
    return definition.image === undefined ? [] : [{ reference: definition.image }]
  }
  const dockerfile = builds[name]?.dockerfile
  if (dockerfile === undefined) return []
  return finalStages(dockerfile, definition.build.target)
    .filter(({ image, base }) => base === undefined && image !== '' && image !== 'scratch')
    .map(({ image, line }) => ({ reference: image, file: dockerfile.path, line }))
}

/** The numbers at the beginning of a tag or version: `7.2.4-alpine` is [7, 2, 4]. */
export function versionOf(text: string): number[] {
  return (/^v?(\d+(?:\.\d+)*)/.exec(text)?.[1] ?? '').split('.').filter(Boolean).map(Number)
}

/** Negative when `a` is the older one; only as many numbers as both have are compared. */
export function compareVersions(a: readonly number[], b: readonly number[]): number {
  for (const [index, number] of a.entries()) {
    const other = b[index]
    if (other === undefined) return 0
    if (number !== other) return number - other
  }
  return 0
}
