import { type App, backingServices, releasedServices } from '../app/app.ts'
import type { ComposeService } from '../app/compose.ts'
import { MuelleError } from '../errors/muelle-error.ts'
import type { AppRecord } from '../store/apps.ts'
import { deploy, type UpTarget } from './deploy.ts'
import { readLiveModel } from './live-model.ts'
import { observe } from './observe.ts'
import type { Control } from './run.ts'
import type { DeploymentResult, Services } from './with-app.ts'

/**
 * Deploys the images that another environment runs, with everything else of this one: nothing is built, and what was
 * tested is what is deployed.
 * @throws MuelleError RELEASE_UNKNOWN, IMAGE_UNAVAILABLE, or whatever stops a deployment
 */
export async function promote(
  target: UpTarget & { from: AppRecord },
  services: Services,
  control: Control,
): Promise<DeploymentResult & { source: { app: string; release: number } }> {
  const { app, from } = target
  const model = await readLiveModel(from.name, services)
  const { live } = await observe(model, services)
  if (live === undefined) {
    throw new MuelleError('RELEASE_UNKNOWN', `No release of ${from.name} is live.`, {
      hint: `Deploy one:  muelle up --env ${from.environment}`,
    })
  }
  const source = { app: from.name, release: live }
  const missing = await findMissingImage(app, source, services)
  if (missing !== undefined) {
    throw new MuelleError(
      'IMAGE_UNAVAILABLE',
      `${from.name} release ${live} has no image of ${missing}, which ${app.name} needs.`,
      { hint: `Deploy it there first:  muelle up --env ${from.environment}` },
    )
  }
  for (const message of differences(app, model, source)) control.emit({ type: 'note', message })
  const images = [...target.images, ...pulledImages(app)]
  const result = await deploy({ ...target, images, source }, services, control)
  return { ...result, source }
}

/** Those of backing services, which are no part of a release. */
function pulledImages(app: App): string[] {
  return backingServices(app).flatMap(({ definition }) =>
    definition.build === undefined && definition.image !== undefined ? [definition.image] : [],
  )
}

/** @returns the first service whose image was never there, or is no longer */
async function findMissingImage(
  app: App,
  source: { app: string; release: number },
  { engine, store }: Services,
): Promise<string | undefined> {
  const images = store.releases(source.app).find(({ number }) => number === source.release)?.images ?? {}
  const built = backingServices(app).filter(({ definition }) => definition.build !== undefined)
  for (const { name } of [...releasedServices(app), ...built]) {
    const id = images[name]
    if (id === undefined || (await engine.imageId(id)) === undefined) return name
  }
  return undefined
}

/** What someone may expect otherwise of the new release, and should know. */
function differences(app: App, model: App, source: { app: string; release: number }): string[] {
  const origin = `${source.app} release ${source.release}`
  const tests =
    app.settings.test.length === 0 ? [] : [`The tests are not run again: the images are those of ${origin}.`]
  const otherwise = releasedServices(app).filter(({ name, definition }) => {
    const there = model.services.find((service) => service.name === name)?.definition
    return there !== undefined && madeFrom(definition) !== madeFrom(there)
  })
  const told = otherwise.map(
    ({ name }) => `${name} has another image or other build arguments here: it gets the image of ${origin}.`,
  )
  return [...tests, ...told]
}

/** What makes another image of the same source. */
function madeFrom({ build, image }: ComposeService): string {
  return JSON.stringify(build === undefined ? image : [build.args, build['target']])
}
