import type { Service } from '../../app/app.ts'
import type { Engine } from '../../engine/port.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { releaseService } from '../../release/names.ts'
import { type ImageGroup, imageGroups, renderRelease, withReplicas } from '../../release/render.ts'
import type { Context, Operation } from '../operation.ts'
import type { StepOf } from '../step.ts'

export const record: Operation<StepOf<'record'>> = {
  run: async ({ release, groups }, { app, commitOf, engine, files, instance, store }) => {
    const images = await imageIds(engine, app.services, groups)
    await files.write(files.release(app, release), renderRelease(app, { number: release, images, instance }))
    await files.keepModel(app, release)
    store.addRelease({ app: app.name, number: release, commit: await commitOf(app.directory), images })
  },
  undo: async ({ release }, { app, engine, files, store }) => {
    await engine.down(files.release(app, release), {})
    store.markRelease(app.name, release, 'failed')
    await files.forgetRelease(app.name, release)
  },
}

export const copy: Operation<StepOf<'copy'>> = {
  run: async ({ release, from, app: other }, { app, engine, files, instance, store }) => {
    const source = store.releases(other ?? app.name).find(({ number }) => number === from)
    if (source === undefined) throw new Error(`release ${from} is not on record`)
    const { commit, images } = source
    for (const { tag, services } of imageGroups(app, release)) {
      const id = images[services[0] ?? '']
      if (id !== undefined) await engine.tagImage(id, tag)
    }
    await files.write(files.release(app, release), renderRelease(app, { number: release, images, instance }))
    await files.keepModel(app, release)
    store.addRelease({ app: app.name, number: release, commit, images })
  },
  undo: async ({ release }, context) => {
    const { app, engine } = context
    await record.undo?.({ kind: 'record', release, groups: [] }, context)
    for (const { tag } of imageGroups(app, release)) await engine.removeImage(tag)
  },
}

export const resize: Operation<StepOf<'resize'>> = {
  run: async ({ release, service, to }, context) => keepReplicas({ release, service, count: to }, context),
  undo: async ({ release, service, from }, context) =>
    keepReplicas({ release, service, count: from }, context),
}

/** In the rendered file as well: a rollback to the release starts as many as that says. */
async function keepReplicas(
  { release, service, count }: { release: number; service: string; count: number },
  { app, files, store }: Context,
): Promise<void> {
  const services = app.services.map((each) => (each.name === service ? { ...each, replicas: count } : each))
  const project = files.release(app, release)
  const file = await files.read(project)
  // The file may have been removed; what runs does not need it.
  if (file !== undefined)
    await files.write(project, withReplicas(file, releaseService(service, release), count))
  await files.keepModel({ ...app, services }, release)
  store.keepScale(app.name, service, count)
}

export const activate: Operation<StepOf<'activate'>> = {
  run: async ({ release }, { app, store }) => {
    store.activate(app.name, release)
    store.dropRestorePromise(app.name)
  },
}

export const prune: Operation<StepOf<'prune'>> = {
  run: async ({ releases }, { app, engine, files, gateway, pod, store }) => {
    const live = await gateway.live(pod, app.name)
    // A plan that is finished late may name a release that someone has returned to since.
    for (const release of releases.filter((candidate) => candidate !== live)) {
      const model = await files.readModel(app.name, release)
      for (const { tag } of model === undefined ? [] : imageGroups(model, release))
        await engine.removeImage(tag)
      await files.forgetRelease(app.name, release)
      store.markRelease(app.name, release, 'pruned')
    }
  },
}

/** Pins every service that runs from an image to the very image that is here now. */
export async function imageIds(
  engine: Engine,
  services: readonly Service[],
  groups: readonly ImageGroup[],
): Promise<Record<string, string>> {
  const tagOf = (service: string): string | undefined =>
    groups.find((group) => group.services.includes(service))?.tag
  const entries = services
    .filter((service) => service.role !== 'replaced')
    .map(async ({ name, definition }) => {
      const reference = tagOf(name) ?? definition.image ?? ''
      const id = await engine.imageId(reference)
      if (id !== undefined) return [name, id] as const
      throw new MuelleError('IMAGE_UNAVAILABLE', `The image ${reference} of ${name} is not here.`, {
        hint: `Fetch it:  docker pull ${reference}`,
      })
    })
  return Object.fromEntries(await Promise.all(entries))
}
