import { imageBaseName } from '../../app/compose.ts'
import { finalStages, lastOf } from '../../app/dockerfile.ts'
import { lifeLines } from '../end-of-life.ts'
import type { Facts } from '../facts.ts'
import { type BaseImage, baseImagesOf, readImageName } from '../images.ts'
import { atKey, inCompose, relative } from '../place.ts'
import type { Place, Rule } from '../rule.ts'
import { each, running } from '../services.ts'

interface Used extends BaseImage {
  service: string
  place: Place
}

/** Every image that a service runs or is built upon, but for those that the file itself builds. */
function usedImages(facts: Facts): Used[] {
  const built = new Set(
    running(facts).flatMap(({ definition: { build, image } }) =>
      build === undefined || image === undefined ? [] : [image],
    ),
  )
  const used = running(facts).flatMap((service) =>
    baseImagesOf(facts, service)
      .filter(({ reference }) => !built.has(reference))
      .map(
        (image): Used => ({ ...image, service: service.name, place: placeOf(facts, service.name, image) }),
      ),
  )
  // Services that share a Dockerfile would all be told of its base.
  const seen = new Map(used.map((image) => [`${image.reference} ${image.file ?? image.service}`, image]))
  return [...seen.values()]
}

function placeOf(facts: Facts, service: string, { file, line }: BaseImage): Place {
  if (file === undefined) return inCompose(facts, service, 'image')
  return { service, file: relative(facts.app.directory, file), ...(line === undefined ? {} : { line }) }
}

function writeImage({ file }: Used, reference: string): string {
  return file === undefined ? `image: ${reference}` : `FROM ${reference}`
}

const imageUnpinned: Rule = {
  id: 'compose-image-unpinned',
  severity: 'high',
  reason:
    'An image without a version is another one on the next machine, and after the next pull: a database may meet a major version that does not read its data.',
  fix: 'Name a version: `image: redis:7.4-alpine`.',
  find: (facts) =>
    usedImages(facts)
      .filter(({ reference }) => {
        const { tag, digest } = readImageName(reference)
        return digest === undefined && (tag === undefined || tag === 'latest')
      })
      .map((image) => ({
        ...image.place,
        what: `${image.reference} names no version.`,
        write: writeImage(image, `${readImageName(image.reference).name}:VERSION`),
      })),
}

const timescaleMoving: Rule = {
  id: 'compose-timescale-moving',
  severity: 'high',
  reason:
    'A database made with one version of the TimescaleDB extension does not start under an image with another, and a dump is only restored by the same one.',
  fix: 'Name the version of the extension and of PostgreSQL: `timescale/timescaledb:2.19.3-pg17`.',
  find: (facts) =>
    usedImages(facts)
      .filter(({ reference }) => {
        const { tag = 'latest', digest } = readImageName(reference)
        return (
          /^timescaledb/.test(imageBaseName(reference)) && digest === undefined && !/\d+\.\d+\.\d+/.test(tag)
        )
      })
      .map((image) => ({
        ...image.place,
        what: `The tag of ${image.reference} moves from one version of the extension to the next.`,
        write: writeImage(image, `${readImageName(image.reference).name}:2.19.3-pg17`),
      })),
}

const imageNoDigest: Rule = {
  id: 'compose-image-no-digest',
  severity: 'low',
  reason: 'A tag can be moved to another image by whoever may push to its repository; a digest cannot.',
  fix: 'Add the digest that `docker images --digests` shows: `image: postgres:15@sha256:…`.',
  find: (facts) =>
    usedImages(facts)
      .filter(({ reference }) => readImageName(reference).digest === undefined)
      .map((image) => ({
        ...image.place,
        what: `${image.reference} is pinned by its tag only.`,
        write: writeImage(image, `${image.reference}@sha256:…`),
      })),
}

const imageEndOfLife: Rule = {
  id: 'compose-image-end-of-life',
  severity: 'high',
  reason: 'Holes that are found in software after its end of life are never mended.',
  fix: 'Move to a version that is still maintained; for a database by dump and restore.',
  find: (facts) =>
    usedImages(facts).flatMap((image) => {
      const { tag } = readImageName(image.reference)
      if (tag === undefined) return []
      return lifeLines(imageBaseName(image.reference), tag)
        .filter(({ ends }) => ends < facts.today)
        .map(({ name, ends }) => ({
          ...image.place,
          what: `${image.reference}: ${name} came to the end of its life on ${ends}.`,
          write: writeImage(image, `${readImageName(image.reference).name}:NEWER`),
        }))
    }),
}

const userRoot: Rule = {
  id: 'compose-user-root',
  severity: 'medium',
  reason: 'A hole in an app that runs as root is one step from the machine.',
  fix: 'Make a user in the Dockerfile and switch to it: `RUN useradd --create-home app`, then `USER app`.',
  find: (facts) =>
    each(running(facts), ({ name, definition }) => {
      const dockerfile = facts.builds[name]?.dockerfile
      const image = facts.images[name]
      if (definition.build === undefined || definition.user !== undefined) return undefined
      if (dockerfile === undefined && image === undefined) return undefined
      const user = image?.user ?? userOf(facts, name)
      if (user !== undefined && !/^(?:|0|root)(?::.*)?$/.test(user)) return undefined
      return {
        service: name,
        ...(dockerfile === undefined ? {} : { file: relative(facts.app.directory, dockerfile.path) }),
        what: `${name} runs as root.`,
        write: 'RUN useradd --create-home app  and  USER app  in the Dockerfile, before CMD',
      }
    }),
}

function userOf(facts: Facts, name: string): string | undefined {
  const { dockerfile } = facts.builds[name] ?? {}
  const target = facts.app.file.services[name]?.build?.target
  return dockerfile === undefined ? undefined : lastOf(finalStages(dockerfile, target), 'USER')?.rest
}

const versionObsolete: Rule = {
  id: 'compose-version-obsolete',
  severity: 'low',
  reason: 'Compose ignores `version` and warns about it at each command.',
  fix: 'Remove the line.',
  find: (facts) =>
    facts.written.some(({ content }) => content.version !== undefined)
      ? [{ ...atKey(facts, ['version']), what: 'The file says `version`.', write: 'Remove the line.' }]
      : [],
}

export const imageRules: readonly Rule[] = [
  imageUnpinned,
  timescaleMoving,
  imageEndOfLife,
  userRoot,
  versionObsolete,
  imageNoDigest,
]
