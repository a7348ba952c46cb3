import { type Dockerfile, finalStages, findStage } from './dockerfile.ts'

/** The images that a Dockerfile builds upon or copies from, in order, each once. */
export function baseImages({ stages }: Dockerfile): string[] {
  const sources = stages.flatMap(({ image, base, instructions }, index) => {
    const copied = instructions
      .flatMap(({ keyword, flags }) => (keyword === 'COPY' ? flags : []))
      .flatMap((flag) => /^--from=(.+)$/.exec(flag)?.[1] ?? [])
      .filter((name) => findStage(stages.slice(0, index), name) === undefined)
    return [...(base === undefined ? [image] : []), ...copied]
  })
  return [...new Set(sources.filter((image) => image !== '' && image !== 'scratch'))]
}

/** The image that a built one is made of in the end: that of its last stage, or of the target. */
export function finalImage(dockerfile: Dockerfile, target?: string): string | undefined {
  return finalStages(dockerfile, target).at(-1)?.image
}
