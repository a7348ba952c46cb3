import { join } from 'node:path'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { StandIns } from '../../release/images.ts'
import { root } from '../../root.ts'
import { spawn } from '../spawn.ts'

const script = join(root, 'images/build.sh')

/** The recipes in the folder `images/`. */
export const standIns: StandIns = {
  has: async (reference) => {
    const { exitCode } = await spawn(script, ['--can', reference])
    return exitCode === 0
  },
  build: async (reference, options) => {
    const { exitCode, lines } = await spawn(script, [reference], options)
    if (exitCode === 0) return
    throw new MuelleError('IMAGE_UNAVAILABLE', `No stand-in for ${reference} could be built.`, {
      hint: `Build it by hand to see more:  images/build.sh ${reference}`,
      log: lines,
    })
  },
}
