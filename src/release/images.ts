import type { EffectOptions, Engine } from '../engine/port.ts'
import { MuelleError } from '../errors/muelle-error.ts'

/** Builds a stand-in for an official image from the distribution's packages, on machines that reach no registry. */
export interface StandIns {
  /** Whether there is a recipe for the image. */
  has(reference: string): Promise<boolean>
  /** @throws MuelleError IMAGE_UNAVAILABLE */
  build(reference: string, options: EffectOptions): Promise<void>
}

export interface ImageSources {
  engine: Engine
  standIns: StandIns
}

/**
 * Makes sure that an image is present: as it is, pulled, or as a stand-in.
 * @returns its id
 * @throws MuelleError IMAGE_UNAVAILABLE
 */
export async function ensureImage(
  reference: string,
  { engine, standIns }: ImageSources,
  options: EffectOptions & { note: (message: string) => void },
): Promise<string> {
  const present = await engine.imageId(reference)
  if (present !== undefined) return present
  await engine.pull(reference, options).catch(async (error: unknown) => {
    const isMissing = error instanceof MuelleError && error.code === 'IMAGE_UNAVAILABLE'
    if (!isMissing || !(await standIns.has(reference))) throw error
    options.note(
      `${reference} could not be pulled: building a stand-in from the distribution's packages, some minutes.`,
    )
    await standIns.build(reference, options)
  })
  const id = await engine.imageId(reference)
  if (id !== undefined) return id
  throw new MuelleError('IMAGE_UNAVAILABLE', `The image ${reference} is not here, although it was fetched.`, {
    hint: `Look at it:  docker image inspect ${reference}`,
  })
}
